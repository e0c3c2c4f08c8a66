import EventLog
import Foundation
import SQLite
import TestBroker
import Testing

/// `orderlog audit` agrees with a shop that is well, and names what is not.
@Suite struct AuditTests {
    /// Something broken by hand in a shop that was stopped.
    struct Damage: Sendable, CustomStringConvertible {
        var description: String
        var database: String
        var sql: String
        /// The check that must fail, and words of what it says.
        var check: String
        var words: String

        init(_ description: String, _ database: String, _ sql: String, _ check: String, _ words: String) {
            self.description = description
            self.database = database
            self.sql = sql
            self.check = check
            self.words = words
        }
    }

    private static let ordersTopic = "topic_id = (SELECT topic_id FROM topics WHERE name = 'orders')"
    private static let first = "(SELECT order_id FROM orders ORDER BY position LIMIT 1)"

    static let damages = [
        Damage(
            "an event is deleted", "log", "DELETE FROM records WHERE \(ordersTopic) AND offset = 0",
            "events", "is missing from the log"),
        Damage(
            "an order is deleted", "order", "DELETE FROM orders WHERE order_id = \(first)", "events",
            "does not know the order"),
        Damage(
            "an order is changed", "order", "UPDATE orders SET status = 'cancelled' WHERE status = 'confirmed'",
            "events", "OrderCancelled is missing from the log"),
        Damage(
            "an order's total is changed", "order", "UPDATE orders SET total = total + 1", "events",
            "tells otherwise"),
        Damage(
            "a reservation is added", "inventory",
            """
            INSERT INTO reservations (order_id, batch_id, state, items, created_at, updated_at)
            SELECT randomblob(16), NULL, 0, items, created_at, updated_at FROM reservations LIMIT 1
            """, "reservations", "for an order that nobody knows"),
        Damage(
            "a reservation is deleted", "inventory", "DELETE FROM reservations WHERE position = 1", "reservations",
            "has no reservation"),
        Damage(
            "a reservation is released", "inventory", "UPDATE reservations SET state = 1 WHERE state = 0",
            "reservations", "its stock released"),
        Damage(
            "stock is changed", "inventory",
            "UPDATE products SET available = available + 1 WHERE product_id = 'PROD-001'", "stock",
            "product PROD-001"),
        Damage(
            "stock is moved", "inventory",
            "UPDATE products SET available = available + 1, reserved = reserved - 1 WHERE product_id = 'PROD-002'",
            "stock", "the reservations add up to"),
        Damage(
            "a notification is doubled", "notification",
            """
            DROP INDEX notifications_event;
            CREATE INDEX notifications_event ON notifications (event_id) WHERE event_id IS NOT NULL;
            INSERT INTO notifications (notification_id, order_id, event_id, type, channel, recipient, subject, body,
                status, attempts, created_at)
            SELECT randomblob(16), order_id, event_id, type, channel, recipient, subject, body, status, attempts,
                created_at FROM notifications LIMIT 1
            """, "notifications", "made 2 notifications"),
        Damage(
            "a notification of nothing", "notification",
            """
            INSERT INTO notifications (notification_id, order_id, event_id, type, channel, recipient, subject, body,
                status, attempts, created_at)
            SELECT randomblob(16), order_id, randomblob(16), type, channel, recipient, subject, body, status, attempts,
                created_at FROM notifications LIMIT 1
            """, "notifications", "is not on the log"),
        Damage(
            "a notification is deleted", "notification", "DELETE FROM notifications WHERE position = 1",
            "notifications", "made 0 notifications"),
        Damage(
            "a notification goes elsewhere", "notification",
            "UPDATE notifications SET recipient = 'eve@example.com' WHERE channel = 'email'", "notifications",
            "goes to eve@example.com"),
        Damage(
            "an inbox row is deleted", "notification", "DELETE FROM inbox", "inbox",
            "was passed over by notification-service"),
        Damage(
            "an event waits too long", "order",
            "UPDATE outbox SET published_at = NULL, time = time - 120000 WHERE position = 1", "outbox",
            "has waited in the order service's outbox"),
        Damage(
            "an event is refused", "order",
            "UPDATE outbox SET published_at = NULL, refused = 'too large', attempts = 1, next_try = time", "outbox",
            "the log refuses"),
        Damage(
            "stock came from nowhere", "log",
            "DELETE FROM records WHERE topic_id = (SELECT topic_id FROM topics WHERE name = 'inventory')", "outbox",
            "the log has lost it"),
    ]

    /// One shop, and a copy of its files for each damage.
    @Test func eachDamageIsNamed() async throws {
        try await withShop(.embedded) { shop in
            let shipped = try #require(try await shop.place([("PROD-001", 2)]).string("order_id"))
            _ = try await shop.place([("PROD-002", 3), ("PROD-003", 1)])
            _ = try await shop.caller.call("POST", shop.order + "/orders/\(shipped)/ship")
            _ = try await shop.notifications(of: shipped, count: 4)
            try await shop.audit()
            _ = try await shop.stop()
            try await shop.audit()
            for damage in Self.damages {
                let copy = shop.folder.path + "-damaged"
                try FileManager.default.copyItem(atPath: shop.folder.path, toPath: copy)
                defer { try? FileManager.default.removeItem(atPath: copy) }
                try await change("\(copy)/\(damage.database).db", damage.sql)
                let (code, output) = try await shop.runAudit(["--wait", "0"], folder: copy)
                #expect(code == 1, "\(damage): \(output)")
                let lines = output.split(separator: "\n")
                let named = lines.drop { !$0.hasPrefix("\(damage.check):") }.dropFirst().prefix { $0.hasPrefix("  ") }
                #expect(named.contains { $0.contains(damage.words) }, "\(damage): \(output)")
            }
        }
    }

    /// A log that lost its tail gets it again from the outbox, and nobody is told twice.
    @Test func whatTheLogLostIsSentAgain() async throws {
        try await withShop(.embedded) { shop in
            var ids: [String] = []
            for _ in 0..<5 { ids.append(try #require(try await shop.place([("PROD-001", 1)]).string("order_id"))) }
            for id in ids { _ = try await shop.notifications(of: id, count: 2) }
            try await change(shop.folder.path + "/log.db", "DELETE FROM records WHERE \(Self.ordersTopic)")
            #expect(try await shop.runAudit(["--wait", "0"]).code == 1)
            let (code, output) = try await shop.runAudit(["--republish"])
            #expect(code == 0 && output.contains("Sent again to the log: 5 events."), "\(output)")
            try await eventually("all is handled", within: .seconds(60)) {
                try await shop.runAudit(["--json"]).output.contains(#""in_flight":0,"unknown""#)
            }
            for id in ids { _ = try await shop.notifications(of: id, count: 2) }
        }
    }

    /// The log lost an order's first event and has its second: sent again, the first would stand behind it for good.
    @Test func whatWouldComeOutOfOrderIsSentAgainOnlyWhenTold() async throws {
        try await withShop(.embedded) { shop in
            let (whole, moved) = (
                try #require(try await shop.place([("PROD-001", 1)]).string("order_id")),
                try #require(try await shop.place([("PROD-001", 1)]).string("order_id"))
            )
            #expect(try await shop.caller.call("POST", shop.order + "/orders/\(moved)/ship").status == 200)
            _ = try await shop.notifications(of: moved, count: 4)
            _ = try await shop.notifications(of: whole, count: 2)
            try await change(
                shop.folder.path + "/log.db",
                "DELETE FROM records WHERE \(Self.ordersTopic) AND instr(headers, CAST('OrderConfirmed' AS BLOB)) > 0")
            let (code, output) = try await shop.runAudit(["--republish", "--wait", "0"])
            #expect(code == 1 && output.contains("Sent again to the log: 1 events."), "\(output)")
            #expect(
                output.contains("of \(moved), and the log has lost it, but has its orderlog.OrderShipped.v1"),
                "\(output)")
            #expect(output.contains("--republish --out-of-order"))
            let types = { (order: String) in
                try await shop.events(of: order).map { $0.header("ce_type") ?? "" }
            }
            #expect(try await types(whole) == ["orderlog.OrderConfirmed.v1"])
            #expect(try await types(moved) == ["orderlog.OrderShipped.v1"])
            let told = try await shop.runAudit(["--republish", "--out-of-order", "--wait", "0"])
            #expect(told.output.contains("Sent again to the log: 1 events."), "\(told.output)")
            #expect(try await types(moved) == ["orderlog.OrderShipped.v1", "orderlog.OrderConfirmed.v1"])
        }
    }

    /// What is in flight is told apart, and what is no event of ours is no failure.
    @Test(arguments: Shop.Log.available) func itWorksWhileTheShopRuns(_ log: Shop.Log) async throws {
        try await withShop(log) { (shop) async throws in
            try await shop.append(value: Array("no event".utf8), to: "orders")
            let (caller, url) = (shop.caller, shop.order)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        for _ in 0..<25 { _ = try await Shop.order(caller, url, Shop.orderBody([("PROD-005", 1)])) }
                    }
                }
                for _ in 0..<3 { try await shop.audit() }
                try await group.waitForAll()
            }
            let (code, output) = try await shop.runAudit()
            #expect(code == 0 && output.contains("200"), "\(output)")
            #expect(output.contains("1 records are no events of ours"))
        }
    }

    @Test func whatCannotBeReadCannotBeTold() async throws {
        try await withShop(.embedded) { shop in
            _ = try await shop.stop()
            try FileManager.default.removeItem(atPath: shop.folder.path + "/notification.db")
            let (code, output) = try await shop.runAudit()
            #expect(code == 2)
            #expect(output.contains("could not tell") && output.contains("notification.db"))
        }
    }
}

extension Shop {
    func append(value: [UInt8], to topic: String) async throws {
        try await withLog { log in
            for result in await log.append([LogRecord(topic: topic, key: nil, value: value)]) { _ = try result.get() }
        }
    }
}
