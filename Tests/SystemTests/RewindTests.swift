import EventLog
import Foundation
import TestDatabase
import Testing

/// `orderlog groups rewind`: a service reads events again, and tells nobody twice unless someone asks for exactly that.
@Suite(.serialized) struct RewindTests {
    @Test(arguments: Shop.Log.available) func aRewoundServiceTellsNobodyTwice(_ log: Shop.Log) async throws {
        try await withShop(log) { shop in
            var orders: [String] = []
            for _ in 0..<3 { orders.append(try #require(try await shop.place([("PROD-001", 1)]).string("order_id"))) }
            _ = try await shop.caller.call("POST", shop.order + "/orders/\(orders[1])/ship")
            for (order, count) in zip(orders, [2, 4, 2]) { _ = try await shop.notifications(of: order, count: count) }
            try await shop.awaitGroup("notification-service")

            let active = try await shop.tool("groups", "rewind", "notification-service", "--to", "earliest", "--yes")
            #expect(active.code == 1 && active.output.contains("is active"), "\(active.output)")
            #expect(try await shop.stop().allSatisfy { $0 == 0 })

            let unasked = try await shop.tool("groups", "rewind", "notification-service", "--to", "earliest")
            #expect(unasked.code == 64 && unasked.output.contains("will read 4 records again"), "\(unasked.output)")
            let plain = try await shop.tool("groups", "rewind", "notification-service", "--to", "earliest", "--yes")
            #expect(plain.code == 0, "\(plain.output)")
            let lagging = try await shop.tool("groups", "list")
            #expect(lagging.output.contains("notification-service  Empty  0        4    "), "\(lagging.output)")
            try await shop.start()
            try await shop.awaitGroup("notification-service")
            for (order, count) in zip(orders, [2, 4, 2]) { _ = try await shop.notifications(of: order, count: count) }

            _ = try await shop.stop()
            let again = try await shop.tool(
                "groups", "rewind", "notification-service", "--order", orders[1], "--again", "--yes",
                "--notification-database", shop.databaseURL("notification"))
            #expect(again.code == 0, "\(again.output)")
            #expect(again.output.contains("4 notifications go again to 1 person, marked as a repeat"))
            try await shop.start()
            let told = try await shop.notifications(of: orders[1], count: 8)
            #expect(told.count { $0["repeat"] as? Int == 1 } == 4)
            try await shop.awaitGroup("notification-service")
            for order in [orders[0], orders[2]] { _ = try await shop.notifications(of: order, count: 2) }
            try shop.expectNobodyToldTwice()
            try await shop.audit()
            // What was told again on request is no difference.
            let same = try await shop.tool(
                "replay", "notification", "--compare", shop.databaseURL("notification"))
            #expect(same.code == 0, "\(same.output)")
        }
    }

    /// After a crash in the middle of it the same command is given again.
    @Test func askedTwiceIsToldOnce() async throws {
        try await withShop(.embedded) { shop in
            let order = try #require(try await shop.place([("PROD-001", 1)]).string("order_id"))
            _ = try await shop.notifications(of: order, count: 2)
            try await shop.awaitGroup("notification-service")
            _ = try await shop.stop()
            for _ in 0..<2 {
                let again = try await shop.tool(
                    "groups", "rewind", "notification-service", "--to", "earliest", "--again", "--yes")
                #expect(again.code == 0, "\(again.output)")
            }
            try await shop.start()
            _ = try await shop.notifications(of: order, count: 4)
            try await shop.awaitGroup("notification-service")
            _ = try await shop.notifications(of: order, count: 4)
            try await shop.audit()

            // Nobody asked for this one.
            try await change(shop.database("notification"), "DELETE FROM repeats")
            let (code, output) = try await shop.runAudit(["--wait", "0"])
            #expect(code == 1 && output.contains("is a repeat that nobody asked for"), "\(output)")
        }
    }

    /// Where replicas share the database, what is to be told again is written down before the offsets move. When they can't
    /// be moved, no later reading of these events tells anyone again unexpectedly.
    @Test(.enabled(if: TestPostgreSQL.isAvailable, "needs PostgreSQL: set POSTGRES_URL"))
    func whatWasAskedForInVainIsTakenBack() async throws {
        try await withShop(.embedded) { shop in
            let order = try #require(try await shop.place([("PROD-001", 1)]).string("order_id"))
            _ = try await shop.notifications(of: order, count: 2)
            try await shop.awaitGroup("notification-service")
            _ = try await shop.stop()
            try await TestPostgreSQL.withURL { url in
                func again() async throws -> ToolResult {
                    try await shop.tool(
                        "groups", "rewind", "notification-service", "--to", "earliest", "--again", "--yes",
                        "--notification-database", url)
                }
                #expect(try await again().output.contains("none of these events has told anyone yet"))
                let event = try await shop.text("notification", "SELECT hex(event_id) FROM inbox")
                _ = try await TestPostgreSQL.rows("INSERT INTO inbox VALUES ('\(event)'::uuid, 0)", in: url)
                let log = shop.folder.appending(path: "log.db").path
                try await change(log, "ALTER TABLE group_offsets ADD COLUMN stuck INTEGER CHECK (offset > 0)")
                let failed = try await again()
                #expect(
                    failed.code == 1 && failed.output.contains("this call asked for is taken back"), "\(failed.output)")
                #expect(try await TestPostgreSQL.rows("SELECT count(*) FROM repeats", in: url) == ["0"])
                try await change(log, "ALTER TABLE group_offsets DROP COLUMN stuck")
                #expect(try await again().code == 0)
                #expect(try await TestPostgreSQL.rows("SELECT count(*) FROM repeats", in: url) == ["1"])
            }
        }
    }

    @Test(arguments: Shop.Log.available) func badInputIsNamed(_ log: Shop.Log) async throws {
        try await withShop(log) { shop in
            let order = try #require(try await shop.place([("PROD-001", 1)]).string("order_id"))
            _ = try await shop.notifications(of: order, count: 2)
            try await shop.awaitGroup("notification-service")
            let partition = try #require(try await shop.events(of: order).first).position.partition
            _ = try await shop.stop()
            for (words, code, text) in [
                (["nobody", "--to", "earliest"], 1, "there is no group nobody"),
                (["notification-service"], 64, "--to is missing"),
                (["notification-service", "--to", "latest"], 64, "is not earliest"),
                (["notification-service", "--to", "2100-01-01T00:00:00Z"], 1, "in the future"),
                (["notification-service", "--to", "\(partition):7"], 1, "7 is not there"),
                (["notification-service", "--to", "77:0"], 1, "no partition 77"),
                (["notification-service", "--to", "earliest", "--to", "0:0"], 64, "several --to are"),
                (
                    [
                        "notification-service", "--to", "earliest", "--again", "--notification-database",
                        "sqlite:\(shop.folder.path)/other.db",
                    ], 1, "there is no database at"
                ),
                (["notification-service", "--to", "earliest", "--topic", "inventory"], 1, "does not read inventory"),
                (["notification-service", "--to", "earliest", "--order", order], 64, "goes with --again"),
                (["notification-service", "--to", "inventory/0:0"], 1, "and not inventory"),
                (
                    ["notification-service", "--to", "\(partition):0", "--to", "orders/\(partition):0"], 1,
                    "each of another partition"
                ),
                (
                    [
                        "notification-service", "--again", "--order", UUID().uuidString.lowercased(),
                        "--notification-database", shop.databaseURL("notification"),
                    ], 1, "is it the order's id?"
                ),
                (["inventory-service", "--to", "earliest", "--again"], 64, "nobody else tells anyone"),
            ] as [([String], Int32, String)] {
                let result = try await shop.tool(["groups", "rewind"] + words)
                #expect(result.code == code && result.output.contains(text), "\(words): \(result.output)")
            }
            #expect(try await shop.tool("groups", "describe", "nobody").output.contains("there is no group nobody"))
        }
    }
}
