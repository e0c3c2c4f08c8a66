import EventLog
import Foundation
import Headers
import Testing

/// `orderlog dlq`: dead letters go back to the group that could not handle them, and to no other.
@Suite(.serialized) struct RedriveTests {
    private static let topic = "orders.notification-service.dlq"

    @Test(arguments: Shop.Log.available) func deadLettersComeBackToTheirGroup(_ log: Shop.Log) async throws {
        try await withShop(log) { shop in
            let order = try #require(try await shop.place([("PROD-001", 1)]).string("order_id"))
            _ = try await shop.notifications(of: order, count: 2)
            let template = try #require(try await shop.events(of: order).first)
            // The notification service alone can't handle this one, until its database takes it.
            try await change(
                shop.database("notification"),
                "ALTER TABLE notifications ADD COLUMN doctor INTEGER CHECK (recipient <> 'sick@example.com')")
            let sick = try #require(
                try await shop.place([("PROD-002", 1)], email: "sick@example.com").string("order_id"))
            try await shop.withLog { eventLog in
                let unreadable = LogRecord(
                    topic: "orders", partition: template.position.partition, key: template.key,
                    headers: RecordHeaders(
                        template.headers.map {
                            switch $0.name {
                            case "ce_type": RecordHeader("ce_type", "orderlog.OrderPondered.v1")
                            case "ce_id": RecordHeader("ce_id", UUID().uuidString.lowercased())
                            default: $0
                            }
                        }), value: template.value)
                for result in await eventLog.append([unreadable]) { _ = try result.get() }
            }
            func waiting(_ words: String..., count: Int) async throws -> [[String: Any]] {
                try await eventually("\(count) dead letters", within: .seconds(60)) {
                    let result = try await shop.tool(["dlq", "list", "--json"] + words)
                    let letters = result.lines.compactMap {
                        try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
                    }
                    return letters.count == count ? letters : nil
                }
            }
            let letters = try await waiting("--topic", Self.topic, count: 2)
            _ = try await waiting(count: 3)
            let letter = try #require(letters.first { ($0["error"] as? String)?.contains("sick@") == true })
            #expect(letter["attempts"] as? Int == 5 && letter["state"] as? String == "waits")
            let place = try #require(letter["place"] as? String)
            let shown = try await shop.tool("dlq", "show", place)
            #expect(shown.code == 0 && shown.output.contains("CHECK constraint failed") && shown.output.contains(sick))

            let dry = try await shop.tool("dlq", "redrive", "--all", "--error", "sick@", "--dry-run")
            #expect(dry.code == 0 && dry.output.contains("would redrive 1"), "\(dry.output)")
            // Too early: it comes back, its tries added up, its history with it.
            #expect(try await shop.tool("dlq", "redrive", place).output.contains("redriven 1"))
            let back: [[String: Any]] = try await eventually("the letter is back", within: .seconds(60)) {
                let all = try await waiting("--topic", Self.topic, "--error", "sick@", count: 1)
                return all.first?["attempts"] as? Int == 10 ? all : nil
            }
            let headers = (back.first?["record"] as? [String: Any])?["headers"] as? [[String: Any]] ?? []
            let history = headers.filter { $0["name"] as? String == "dlq.history" }.compactMap {
                $0["value"] as? String
            }
            #expect(history.count == 1 && history[0].contains("\(place) after 5 tries") && history[0].contains("sick@"))
            #expect(headers.contains { $0["name"] as? String == "ce_id" })

            try await change(shop.database("notification"), "ALTER TABLE notifications DROP COLUMN doctor")
            #expect(try await shop.tool("dlq", "redrive", "--all", "--error", "sick@").output.contains("redriven 1"))
            _ = try await shop.notifications(of: sick, count: 2)
            // The other group's letter, and the unreadable one, go to their groups alone, and come back: three in all.
            #expect(try await shop.tool("dlq", "redrive", "--all").output.contains("redriven 2"))
            try await eventually("both are back", within: .seconds(60)) {
                try await waiting(count: 2).allSatisfy { $0["attempts"] as? Int == 2 }
            }
            try await shop.awaitGroup("inventory-service")
            try await shop.awaitGroup("notification-service")
            #expect(Set(try await waiting(count: 2).compactMap { $0["group"] as? String }).count == 2)
            #expect(try await shop.tool("dlq", "list").output.contains("OrderPondered"))
            try await shop.audit()
        }
    }

    /// A record that somebody else wrote there holds nothing up, and goes nowhere.
    @Test(arguments: Shop.Log.available) func aForeignRecordIsLeftThere(_ log: Shop.Log) async throws {
        try await withShop(log) { shop in
            try await shop.withLog { eventLog in
                for result in await eventLog.append([LogRecord(topic: Self.topic, key: nil, value: [0xff])]) {
                    _ = try result.get()
                }
            }
            let all = try await shop.tool("dlq", "redrive", "--all")
            #expect(all.code == 0 && all.output.contains("redriven 0") && all.output.contains("1 are left there"))
            let one = try await shop.tool("dlq", "redrive", "\(Self.topic)/0:0")
            #expect(one.code == 1 && one.output.contains("has no dlq headers"), "\(one.output)")
            #expect(try await shop.tool("dlq", "list").output.contains("foreign"))

            // It never was ours: somebody says so, once and for all.
            #expect(try await shop.tool("dlq", "discard", "--all").code == 64)
            let discarded = try await shop.tool("dlq", "discard", "--all", "--why", "a stranger's")
            #expect(discarded.code == 0 && discarded.output.contains("discarded 1"), "\(discarded.output)")
            #expect(try await shop.tool("dlq", "list").output.contains("no dead letters wait"))
            #expect(try await shop.tool("dlq", "list", "--all").output.contains("discarded"))
        }
    }

    /// What somebody has left there for good goes back for nobody but who names it.
    @Test(arguments: Shop.Log.available) func whatIsDiscardedStaysWhenAllGoBack(_ log: Shop.Log) async throws {
        try await withShop(log) { shop in
            let headers = RecordHeaders([
                RecordHeader("dlq.topic", "orders"), RecordHeader("dlq.group", "of-nobody"),
                RecordHeader("dlq.attempts", "5"), RecordHeader("dlq.error", "it can't be"),
            ])
            try await shop.withLog { eventLog in
                let letter = LogRecord(topic: Self.topic, partition: 0, key: nil, headers: headers, value: [0xff])
                for result in await eventLog.append([letter, letter, letter]) { _ = try result.get() }
            }
            let discarded = try await shop.tool("dlq", "discard", "\(Self.topic)/0:1", "--why", "a test")
            #expect(discarded.code == 0, "\(discarded.output)")
            let all = try await shop.tool("dlq", "redrive", "--all")
            #expect(all.code == 0 && all.output.contains("redriven 2"), "\(all.output)")
            #expect(!all.output.contains("\(Self.topic)/0:1"))
            #expect(try await shop.tool("dlq", "redrive", "--all").output.contains("redriven 0"))
            let named = try await shop.tool("dlq", "redrive", "\(Self.topic)/0:1")
            #expect(named.code == 0 && named.output.contains("redriven 1"), "\(named.output)")
        }
    }

    @Test func badInputIsNamed() async throws {
        try await withShop(.embedded) { shop in
            for (words, code, text) in [
                (["redrive"], 64, "say which"), (["redrive", "x"], 64, "is no TOPIC/PARTITION:OFFSET"),
                (["redrive", "--all", "\(Self.topic)/0:0"], 64, "not both"),
                (["redrive", "\(Self.topic)/0:0", "--error", "x"], 64, "select among --all"),
                (["show", "\(Self.topic)/0:0"], 1, "there is no dead letter at"),
                (["list", "--topic", "nothing"], 1, "there is no topic nothing; there are inventory, orders"),
            ] as [([String], Int32, String)] {
                let result = try await shop.tool(["dlq"] + words)
                #expect(result.code == code && result.output.contains(text), "\(words): \(result.output)")
            }
        }
    }
}
