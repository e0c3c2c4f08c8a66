import EventLog
import Foundation
import TestBroker
import Testing

/// A log or a database that is not as the group left it: every event is told, and none twice.
@Suite(.serialized) struct OtherLogTests {
    private func place(_ count: Int, in shop: Shop) async throws -> [String] {
        var orders: [String] = []
        for _ in 0..<count { orders.append(try #require(try await shop.place([("PROD-001", 1)]).string("order_id"))) }
        return orders
    }

    private func awaitTold(_ orders: [String], in shop: Shop) async throws {
        for order in orders { _ = try await shop.notifications(of: order, count: 2) }
    }

    private func log(of shop: Shop) throws -> String {
        let name = shop.log == .embedded ? "errors.log" : "notification.log"
        return try String(contentsOf: shop.folder.appending(path: name), encoding: .utf8)
    }

    /// Deleted and made anew while the service was stopped: 104 of 360 events were never told, and the lag was 0.
    @Test(.enabled(if: TestBroker.isAvailable, "needs Kafka: set KAFKA_HOME"))
    func aTopicMadeAnewIsReadFromItsBeginning() async throws {
        try await withShop(.kafka) { shop in
            let before = try await place(20, in: shop)
            try await awaitTold(before, in: shop)
            for group in ["notification-service", "inventory-service"] { try await shop.awaitGroup(group) }
            let inventory = try #require(shop.processes["inventory"])
            inventory.send(SIGKILL)
            _ = try await inventory.ended(within: .seconds(60))
            for name in ["notification", "order"] {
                let process = try #require(shop.processes[name])
                process.send(SIGTERM)
                _ = try await process.ended(within: .seconds(60))
            }
            let kafka = try #require(ProcessInfo.processInfo.environment["KAFKA_HOME"])
            _ = try await runScript([
                "\(kafka)/bin/kafka-topics.sh", "--bootstrap-server", shop.kafka ?? "", "--delete", "--topic", "orders",
            ])
            // Made anew, fuller than it was in some partitions and shorter in others.
            for name in ["inventory", "order"] { try await shop.start(name) }
            let after = try await place(30, in: shop)
            try await shop.withLog { log in
                try await eventually("the new events are on the log", within: .seconds(60)) {
                    let ranges = try? await log.ranges(topic: "orders")
                    return ranges?.reduce(0) { $0 + $1.end } == 30
                }
            }
            // Kafka forgets the offsets of a topic that is deleted, but not of one that lost its end.
            let committed = (0..<6).map { LogPosition(topic: "orders", partition: Int32($0), offset: 40) }
            try await shop.withLog { try await $0.moveOffsets(group: "notification-service", to: committed) }
            let shorter = try await shop.tool("groups", "describe", "notification-service")
            #expect(shorter.output.contains("< OFFSET") && shorter.output.contains("OFFSET > END in orders/"))
            let json = try await shop.tool("groups", "describe", "notification-service", "--json")
            #expect(json.output.contains(#""offset_beyond_end":true"#))

            try await shop.start("notification")
            try await awaitTold(before + after, in: shop)
            try shop.expectNobodyToldTwice()
            try await shop.awaitGroup("notification-service")
            #expect(try log(of: shop).contains("the log is not the one that the group has read"))
            let now = try await shop.tool("groups", "describe", "notification-service", "--json")
            #expect(!now.output.contains(#""offset_beyond_end":true"#))
        }
    }

    /// The log's file comes from a backup, and is shorter than what was read of it.
    @Test func aShorterLogIsReadFromItsBeginning() async throws {
        try await withShop(.embedded) { shop in
            try await awaitTold(try await place(3, in: shop), in: shop)
            try await shop.awaitGroup("notification-service")
            try await swap("log.db", of: shop) { try await awaitTold(try await place(20, in: shop), in: shop) }
            let after = try await place(20, in: shop)
            try await awaitTold(after, in: shop)
            try shop.expectNobodyToldTwice()
            #expect(try log(of: shop).contains("the log is not the one that the group has read"))
        }
    }

    /// The database comes from a backup: what was told since is noted, and told again only where somebody asks for it.
    @Test(arguments: Shop.Log.available) func anOlderDatabaseTellsNobodyTwice(_ log: Shop.Log) async throws {
        try await withShop(log) { shop in
            try await awaitTold(try await place(1, in: shop), in: shop)
            try await shop.awaitGroup("notification-service")
            var between: [String] = []
            try await swap("notification.db", of: shop) {
                between = try await place(10, in: shop)
                try await awaitTold(between, in: shop)
                try await shop.awaitGroup("notification-service")
            }
            try await awaitTold(try await place(5, in: shop), in: shop)
            for order in between {
                try await eventually("\(order) is noted", within: .seconds(30)) {
                    let list = try await shop.caller.call("GET", shop.notification + "/notifications/order/\(order)")
                        .list("notifications")
                    return list.count == 2 && list.allSatisfy { $0["status"] as? String == "noted" }
                }
            }
            try await shop.awaitGroup("notification-service")
            try shop.expectNobodyToldTwice()
            #expect(try self.log(of: shop).contains("the database is older than the group"))
            try await shop.audit()
        }
    }

    /// Stops the shop, keeps a file as it is, lets things happen, and brings the file back.
    private func swap(_ name: String, of shop: Shop, meanwhile: () async throws -> Void) async throws {
        let file = shop.folder.appending(path: name)
        let copy = shop.folder.appending(path: "\(name).copy")
        #expect(try await shop.stop().allSatisfy { $0 == 0 })
        try FileManager.default.copyItem(at: file, to: copy)
        try await shop.start()
        try await meanwhile()
        #expect(try await shop.stop().allSatisfy { $0 == 0 })
        for suffix in ["-wal", "-shm", ""] { try? FileManager.default.removeItem(atPath: file.path + suffix) }
        try FileManager.default.moveItem(at: copy, to: file)
        try await shop.start()
    }
}
