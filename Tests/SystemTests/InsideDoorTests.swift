import Foundation
import Testing

/// What is for the services and their operators alone, in `orderlog up`.
@Suite struct InsideDoorTests {
    /// Stock of an order that exists is not given back by a call, whoever makes it.
    @Test func nobodyFreesWhatIsSold() async throws {
        try await withShop(.embedded) { shop in
            let order = try #require(try await shop.place([("PROD-001", 100)]).string("order_id"))
            let release = #"{"order_ids":["\#(order)"]}"#
            for path in ["/reservations", "/reservations/release", "/reservations/close"] {
                let stranger = try await shop.caller.call("POST", shop.inventory + path, release)
                #expect(stranger.status == 404, "\(path): \(stranger.text)")
            }
            try await eventually("the order's batch is closed", within: .seconds(20)) {
                let reservation = try await shop.caller.call(
                    "GET", "/reservations/\(order)", inside: shop.inside("inventory"))
                return reservation.string("state") == "settled"
            }
            let insider = try await shop.caller.call(
                "POST", "/reservations/release", inside: shop.inside("inventory"), release)
            #expect(insider.status == 200)
            #expect(try await shop.reserved("PROD-001") == 100)
            #expect(try await shop.place([("PROD-001", 1)]).status == 409)
            let many = (0...256).map { _ in #""\#(UUID().uuidString.lowercased())""# }.joined(separator: ",")
            for (path, name) in [("release", "order_ids"), ("close", "batch_ids")] {
                let tooMany = try await shop.caller.call(
                    "POST", "/reservations/\(path)", inside: shop.inside("inventory"), #"{"\#(name)":[\#(many)]}"#)
                #expect(tooMany.status == 422, "\(tooMany.text)")
            }
        }
    }

    /// They are this user's, are there again after a kill, and go with the program.
    @Test func itsSocketsAreInTheDataFolder() async throws {
        try await withShop(.embedded) { shop in
            let files = ["order", "inventory", "notification"].map { shop.folder.path + "/\($0).sock" }
            for file in files {
                let attributes = try FileManager.default.attributesOfItem(atPath: file)
                #expect(attributes[.type] as? FileAttributeType == .typeSocket)
                #expect(attributes[.posixPermissions] as? Int == 0o600)
            }
            try await shop.killAll()
            #expect(files.allSatisfy { FileManager.default.fileExists(atPath: $0) })
            try await shop.start()
            for service in ["order", "inventory", "notification"] {
                let metrics = try await shop.caller.call("GET", "/metrics", inside: shop.inside(service))
                #expect(metrics.status == 200)
                let health = try await shop.caller.call("GET", "/health", inside: shop.inside(service))
                #expect(health.string("checks.database.status") == "up")
            }
            // A second program on the same folder takes nothing from the first.
            let second = try OrderlogProcess(
                ["up", "--data", shop.folder.path, "--order-port", "0", "--inventory-port", "0"],
                errors: shop.folder.appending(path: "second.log"))
            #expect(try await second.ended(within: .seconds(20)) == 1)
            #expect(try await shop.place([("PROD-002", 1)]).status == 201)
            #expect(try await shop.stop() == [0])
            #expect(files.allSatisfy { !FileManager.default.fileExists(atPath: $0) })
        }
    }
}
