import EventLog
import Foundation
import TestBroker
import TestDatabase
import Testing

/// On Kafka records stay until their topic drops them: erasing says until when, and a log that has dropped some is no damaged one.
@Suite(.serialized, .enabled(if: TestBroker.isAvailable, "needs Kafka (KAFKA_HOME)")) struct EraseKafkaTests {
    private static func erase(_ shop: Shop) async throws -> ToolResult {
        try await Shop.tool(
            ["customers", "erase", Victor.email, "--yes", "--kafka", shop.kafka ?? ""]
                + ["order", "notification"].flatMap { ["--\($0)-database", shop.databaseURL($0)] })
    }

    /// Removes all records of the topic that are there, as its retention does in time.
    private static func dropAll(_ topic: String, _ shop: Shop) async throws {
        let partitions = try await shop.withLog { try await $0.ranges(topic: topic) }.map {
            #"{"topic":"\#(topic)","partition":\#($0.partition),"offset":\#($0.end)}"#
        }
        let file = shop.folder.appending(path: "drop.json")
        try Data(#"{"partitions":[\#(partitions.joined(separator: ","))],"version":1}"#.utf8).write(to: file)
        _ = try await runScript([
            "\(ProcessInfo.processInfo.environment["KAFKA_HOME"] ?? "")/bin/kafka-delete-records.sh",
            "--bootstrap-server", shop.kafka ?? "", "--offset-json-file", file.path,
        ])
    }

    private static func compare(_ shop: Shop) async throws -> ToolResult {
        try await shop.tool("replay", "notification", "--compare", shop.databaseURL("notification"))
    }

    @Test func theRetentionDecidesAndALogThatBeginsLaterIsWhole() async throws {
        try await withShop(.kafka) { shop in
            _ = try await Victor(in: shop)
            let never = try await Self.erase(shop)
            #expect(never.code == 1 && never.output.contains("left on Kafka: 7 records; they are NEVER dropped"))
            let traces = try Victor.traces(in: shop.folder).filter { !$0.hasPrefix("notification.log") }
            #expect(traces == [])
            try await shop.audit()
            #expect(try await Self.compare(shop).code == 0)

            let applied = try await shop.tool("topics", "apply", "--retention", "90d")
            #expect(applied.code == 0 && applied.output.contains("kept 90 days, as declared now"), "\(applied.output)")
            #expect(try await shop.tool("topics", "list").code == 0)
            let until = try await Self.erase(shop)
            #expect(until.code == 1 && until.output.contains("the last is dropped after"), "\(until.output)")

            let kept = try #require(try await shop.place([("PROD-001", 1)]).string("order_id"))
            _ = try await shop.notifications(of: kept, count: 2)
            _ = try await shop.awaitRest()
            try await Self.dropAll("orders", shop)
            try await Victor.move(kept, "ship", in: shop)
            _ = try await shop.notifications(of: kept, count: 4)
            #expect(try await Self.erase(shop).code == 0)
            let (code, output) = try await shop.runAudit()
            #expect(code == 0 && output.contains("4 orders have events before the log's begin"), "\(output)")
            let replay = try await Self.compare(shop)
            #expect(replay.code == 0 && replay.output.contains("8 events are before the log's begin"))
            let stock = try await shop.tool("replay", "inventory", "--compare", shop.databaseURL("inventory"))
            #expect(stock.code == 2 && stock.output.contains("use a backup"), "\(stock.output)")

            // The services go on behind what was dropped, and find nothing wrong with the topics.
            _ = try await shop.stop()
            try await shop.start()
            try await Victor.move(kept, "deliver", in: shop)
            _ = try await shop.notifications(of: kept, count: 6)
            for service in ["order", "notification"] {
                let health = try await shop.caller.call("GET", "/health", inside: shop.inside(service))
                let now = health.textOfNow
                #expect(!now.contains("declared") && !now.contains("read again"), "\(now)")
            }
        }
    }

    @Test func aLogThatLostItsBeginUndeclaredIsDamaged() async throws {
        try await withShop(.kafka) { shop in
            let order = try #require(try await shop.place([("PROD-001", 1)]).string("order_id"))
            _ = try await shop.notifications(of: order, count: 2)
            _ = try await shop.awaitRest()
            try await Self.dropAll("orders", shop)
            let (code, output) = try await shop.runAudit(["--wait", "0"])
            #expect(code != 0 && output.contains("OrderConfirmed is missing from the log"), "\(output)")
        }
    }
}

/// The same in PostgreSQL, while two replicas of each service run.
@Suite(.enabled(if: Replicas.areAvailable, "needs Kafka (KAFKA_HOME) and PostgreSQL (POSTGRES_URL)"))
struct ErasePostgreSQLTests {
    @Test func noTableHasAnythingOfTheCustomer() async throws {
        try await Replicas.with { replicas in
            let body = """
                {"customer":{"name":"Victor Quillfeather","email":"\(Victor.email)","phone":"\(Victor.phone)"},
                 "items":[{"product_id":"PROD-001","quantity":1}]}
                """
            let headers = [(name: "content-type", value: "application/json"), (name: "idempotency-key", value: "v1")]
            let order = try #require(
                try await replicas.caller.call(
                    "POST", replicas.url("order-0") + "/orders", body, headers: headers
                ).string("order_id"))
            let other = try #require(
                try await replicas.caller.call(
                    "POST", replicas.url("order-1") + "/orders", Shop.orderBody([("PROD-002", 1)])
                ).string("order_id"))
            try await replicas.awaitTold([order, other])
            let cancelled = try await replicas.caller.call(
                "POST", replicas.url("order-1") + "/orders/\(order)/cancel", #"{"reason":"because of his moustache"}"#)
            #expect(cancelled.status == 200)
            let notified = try await replicas.caller.call(
                "POST", replicas.url("notification-0") + "/notify",
                """
                {"order_id":"\(order)","type":"custom","recipient":{"phone":"\(Victor.phone)"},"message":"whispered"}
                """,
                headers: headers)
            #expect(notified.status == 201)
            try await eventually("all is told", within: .seconds(60)) {
                try await replicas.rows(
                    "notification", "SELECT count(*) FROM notifications WHERE status = 'sent'") == ["7"]
            }
            let result = try await replicas.customers("erase", Victor.email, "--yes", "--json")
            #expect(result.code == 1 && result.output.contains(#""records":2,"until":null"#), "\(result.output)")
            for service in ["order", "inventory", "notification"] {
                let dump = try await replicas.dump(service)
                for needle in Victor.needles { #expect(!dump.contains(needle), "\(needle) in \(service)") }
            }
            #expect(try await replicas.dump("order").contains("ada@example.com"))
            try await replicas.audit()
        }
    }
}
