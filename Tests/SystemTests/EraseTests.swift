import Databases
import EventLog
import ExactText
import Foundation
import Notifications
import Orders
import Testing

@testable import PersonalData

/// `orderlog customers erase`: nothing is left of one customer, all else is as it was, and the shop goes on.
@Suite(.serialized) struct EraseTests {
    private static let erase = ["customers", "erase", Victor.email, "--yes"]

    /// What others see of Ada's orders, byte for byte.
    private static func others(_ orders: [String], _ shop: Shop) async throws -> [String] {
        var texts: [String] = []
        for order in orders {
            texts.append(try await shop.caller.call("GET", shop.order + "/orders/\(order)").text)
            texts.append(
                try await shop.caller.call("GET", shop.notification + "/notifications/order/\(order)").text)
            texts += try await shop.events(of: order).map { "\($0)" }
        }
        return texts
    }

    private static func expectWell(_ shop: Shop) async throws {
        try await shop.audit()
        for service in ["notification", "inventory"] {
            let replay = try await shop.tool("replay", service, "--compare", shop.databaseURL(service))
            #expect(replay.code == 0, "\(replay.output)")
        }
    }

    @Test func noFileHasAnythingOfTheCustomerWhileTheServicesRun() async throws {
        try await withShop(.embedded) { shop in
            let ada = try await [shop.place([("PROD-001", 2)]), shop.place([("PROD-002", 1)], key: "ada")]
                .map { try #require($0.string("order_id")) }
            for order in ada { _ = try await shop.notifications(of: order, count: 2) }
            let victor = try await Victor(in: shop)
            let before = try await Self.others(ada, shop)
            _ = try await shop.awaitRest()
            #expect(try Victor.traces(in: shop.folder).count >= 5)

            let dry = try await shop.tool(["customers", "erase", Victor.email, "--dry-run", "--json"])
            #expect(dry.code == 0, "\(dry.output)")
            #expect(dry.output.contains(#""orders":3,"outbox_rows":7,"messages":17,"remembered_answers":2"#))
            #expect(dry.output.contains(#""log_records":7"#), "\(dry.output)")
            let result = try await shop.tool(Self.erase)
            #expect(result.code == 0, "\(result.output)")
            #expect(!result.output.contains("Victor"))
            #expect(try Victor.traces(in: shop.folder) == [])
            #expect(try await Self.others(ada, shop) == before)
            let again = try await shop.tool(Self.erase + ["--json"])
            #expect(again.code == 0 && again.output.contains(#""orders":0,"outbox_rows":0,"messages":0"#))

            // The repeat of a message gets the first answer, of which nothing personal is left.
            let repeated = try await Victor.notify(
                victor.orders[0], recipient: #""email":"\#(Victor.email)","phone":"\#(Victor.phone)""#, key: "n1",
                in: shop)
            #expect(repeated.status == 201 && repeated.text.contains("erased@erased.invalid"), "\(repeated.text)")
            #expect(!repeated.text.contains("whispered"))
            let order = try await shop.caller.call("GET", shop.order + "/orders/\(victor.orders[1])")
            #expect(order.string("customer.name") == "erased" && order.string("reason") == "erased")
            #expect(order.string("customer.phone") == "00000" && order.string("status") == "cancelled")
            try await Self.expectWell(shop)
        }
    }

    @Test func aRestartReadsNothingAgainAndTellsNobody() async throws {
        try await withShop(.embedded) { shop in
            // The last event that the groups have read of its partition is his.
            let victor = try await Victor(in: shop)
            try await victor.sendUnreadable(to: shop)
            #expect(try await shop.tool(Self.erase).code == 0)
            #expect(try Victor.traces(in: shop.folder) == [])
            _ = try await shop.stop()
            #expect(try Victor.traces(in: shop.folder) == [])
            try await shop.start()
            _ = try await shop.notifications(
                of: try #require(try await shop.place([("PROD-003", 1)]).string("order_id")), count: 2)
            let health = try await shop.caller.call("GET", "/health", inside: shop.inside("notification"))
            #expect(!health.textOfNow.contains("read again"), "\(health.text)")
            #expect(shop.processes["order"]?.errorText.contains(" to erased@") == false)
            // What can't be read, and died for it, is found by audit as before.
            let (_, output) = try await shop.runAudit()
            #expect(output.contains("1 records are no events of ours"), "\(output)")
        }
    }

    @Test func anOpenOrderIsErasedOnlyWhenThatIsSaid() async throws {
        try await withShop(.embedded) { shop in
            let order = try await Victor.place(in: shop)
            _ = try await shop.notifications(of: order, count: 2)
            let refused = try await shop.tool(Self.erase)
            #expect(refused.code == 1 && refused.output.contains("1 orders are confirmed or shipped"))
            #expect(try await shop.caller.call("GET", shop.order + "/orders/\(order)").text.contains("Victor"))
            let other = try await Victor.place(in: shop)
            _ = try await shop.notifications(of: other, count: 2)
            #expect(try await shop.tool(Self.erase + ["--open"]).code == 0)
            // Nobody's parcel, and nobody's reason: what is said of them is not kept. The repeat is no other shipment.
            for _ in 0..<2 {
                let shipped = try await shop.caller.call(
                    "POST", shop.order + "/orders/\(order)/ship",
                    #"{"carrier":"Quillfeather Ltd","tracking_number":"960777"}"#)
                #expect(shipped.status == 200 && !shipped.text.contains("960777"), "\(shipped.text)")
                #expect(shipped.string("status") == "shipped" && !shipped.text.contains("Quillfeather"))
            }
            try await Victor.move(order, "deliver", in: shop)
            try await Victor.move(other, "cancel", reason: "whispered", in: shop)
            for (order, noted) in [(order, 4), (other, 2)] {
                _ = try await eventually("the events are handled", within: .seconds(60)) {
                    let list = try await shop.caller.call("GET", shop.notification + "/notifications/order/\(order)")
                        .list("notifications")
                    return list.count { $0["status"] as? String == "noted" } == noted ? list : nil
                }
            }
            // Asked for by hand, it reaches nobody either.
            let asked = try await shop.caller.call(
                "POST", shop.notification + "/notify",
                #"{"order_id":"\#(other)","type":"order_cancelled","recipient":{"email":"erased@erased.invalid","phone":"00000"}}"#
            )
            #expect(asked.list("notifications").compactMap { $0["status"] as? String } == ["noted", "noted"])
            #expect(try Victor.traces(in: shop.folder) == [])
            try await Self.expectWell(shop)
        }
    }

    /// Of addresses that differ in capital letters alone each is a customer.
    @Test func otherSpellingsAreNamed() async throws {
        try await withShop(.embedded) { shop in
            let order = try #require(
                try await shop.place([("PROD-001", 1)], email: Victor.email.lowercased()).string("order_id"))
            try await Victor.move(order, "cancel", in: shop)
            let result = try await shop.tool(Self.erase)
            #expect(result.code == 0 && result.output.contains("1 other addresses differ"), "\(result.output)")
            #expect(try await shop.caller.call("GET", shop.order + "/orders/\(order)").string("customer.name") == "Ada")
        }
    }

    @Test func whatIsKilledAnywhereGoesOnWhenItIsSaidAgain() async throws {
        try await withShop(.embedded) { shop in
            _ = try await Victor(in: shop)
            _ = try await shop.awaitRest()
            _ = try await shop.stop()
            let original = shop.folder.appending(path: "original")
            try FileManager.default.createDirectory(at: original, withIntermediateDirectories: true)
            for name in ["order.db", "inventory.db", "notification.db", "log.db"] {
                try FileManager.default.copyItem(
                    at: shop.folder.appending(path: name), to: original.appending(path: name))
            }
            // As soon as each file is written to, and while it is written anew.
            for (file, size) in [
                ("notification.db-wal", 1), ("log.db-wal", 1), ("order.db-wal", 1), ("order.db-wal", 40_000),
                ("notification.db-wal", 40_000), ("log.db-wal", 80_000),
            ] {
                let folder = FileManager.default.temporaryDirectory.appending(path: "erase-\(UUID().uuidString)")
                defer { try? FileManager.default.removeItem(at: folder) }
                try FileManager.default.copyItem(at: original, to: folder)
                let process = try OrderlogProcess(
                    Self.erase + ["--data", folder.path], errors: shop.folder.appending(path: "errors.log"))
                let path = folder.appending(path: file).path
                // At once: it may be over in a few milliseconds.
                while process.isRunning, Self.size(path) < size { await Task.yield() }
                process.send(SIGKILL)
                _ = try await process.ended(within: .seconds(60))
                let result = try await Shop.tool(Self.erase + ["--data", folder.path])
                #expect(result.code == 0, "killed at \(file), \(size): \(result.output)")
                #expect(try Victor.traces(in: folder) == [], "killed at \(file), \(size)")
                let audit = try await shop.runAudit(folder: folder.path)
                #expect(audit.code == 0, "\(audit.output)")
            }
            try FileManager.default.removeItem(at: original)
        }
    }

    private static func size(_ path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    /// Nothing of another customer is theirs: not what can't be read of one whose address ends as theirs does, nor what was
    /// sent by hand about an order that has the same phone.
    @Test func whatIsAnothersIsNeitherErasedNorHandedOut() async throws {
        try await withShop(.embedded) { shop in
            let victor = try await Victor(in: shop)
            try await victor.sendUnreadable(to: shop)
            let ending = "Quillfeather@Example.com"
            let result = try await shop.tool("customers", "erase", ending, "--yes", "--json")
            #expect(result.code == 0 && result.output.contains(#""log_records":0"#), "\(result.output)")
            #expect(try await shop.tool("customers", "export", ending).code == 1)

            let order = try #require(
                try await shop.caller.call(
                    "POST", shop.order + "/orders",
                    Shop.orderBody([("PROD-002", 1)], email: "wife@example.com", phone: Victor.phone)
                ).string("order_id"))
            try await Victor.move(order, "cancel", in: shop)
            _ = try await shop.notifications(of: order, count: 4)
            let asked = try await shop.caller.call(
                "POST", shop.notification + "/notify",
                """
                {"order_id":"\(order)","type":"custom","recipient":{"phone":"\(Victor.phone)"},"message":"for her"}
                """)
            #expect(asked.status == 201, "\(asked.text)")
            let hers = try await shop.notifications(of: order, count: 5)
            let export = try await shop.tool("customers", "export", Victor.email)
            #expect(export.code == 0 && export.output.contains("whispered") && !export.output.contains("for her"))
            #expect(try await shop.tool(Self.erase).code == 0)
            let left = try await shop.notifications(of: order, count: 5)
            for member in ["recipient", "subject", "body", "status"] {
                #expect(left.map { $0[member] as? String } == hers.map { $0[member] as? String })
            }
        }
    }

    /// Else it would be erased in part while nobody knows that it is open: its event and its messages, and not its row.
    @Test func anOrderThatIsPlacedWhileAnErasureWaitsIsKnownToBeOpen() async throws {
        try await withShop(.embedded) { shop in
            _ = try await Victor(in: shop)
            let order = try await OrderDatabase.open(
                .sqlite(path: shop.folder.path + "/order.db"), for: .tool)
            let notification = try await NotificationDatabase.open(
                .sqlite(path: shop.folder.path + "/notification.db"), for: .tool)
            try await shop.withLog { log in
                let search = CustomerSearch(
                    ExactText(Victor.email),
                    in: CustomerSources(log: log, order: order, notification: notification))
                try await search.run()
                #expect(search.open.isEmpty && search.orders.count == 3)
                _ = try await shop.notifications(of: try await Victor.place(in: shop), count: 2)
                try await search.lookAgain()
                #expect(search.open.count == 1 && search.records.count == 8)
            }
            for connection in [order.connection, notification.connection] { await connection.close() }
        }
    }

    @Test func anExportHasEverything() async throws {
        try await withShop(.embedded) { shop in
            let victor = try await Victor(in: shop)
            let result = try await shop.tool("customers", "export", Victor.email)
            #expect(result.code == 0)
            let document = try #require(
                try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: [[String: Any]]])
            #expect(document["orders"]?.compactMap { $0["order_id"] as? String } == victor.orders)
            #expect(document["messages"]?.count == 17 && document["events"]?.count == 7)
            #expect(!result.output.contains("ada@example.com"))
            #expect(try await shop.tool("customers", "export", "nobody@example.com").code == 1)
        }
    }
}

extension Shop {
    /// Until nothing is in flight.
    func awaitRest() async throws -> Bool {
        try await eventually("rest", within: .seconds(60)) {
            try await runAudit(["--json"]).output.contains(#""wrong":0,"in_flight":0,"#)
        }
    }
}
