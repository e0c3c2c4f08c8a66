import EventLog
import Foundation
import Kafka
import TestBroker
import Testing

/// What Kafka refuses for a setting or by its clock waits, with its order alone, and passes once Kafka is mended.
@Suite(.enabled(if: TestBroker.isAvailable, "needs Kafka: set KAFKA_HOME"))
struct RefusedRecordTests {
    @Test func itIsTriedAgainUntilItPasses() async throws {
        try await withBroker { broker in
            let admin = try KafkaAdmin(
                KafkaConfiguration(bootstrapServers: broker.address, properties: [:]), log: { _ in })
            // Someone made the topic with limits of his own.
            for outcome in try await admin.create([
                KafkaNewTopic(
                    name: "orders", partitions: 12,
                    settings: ["max.message.bytes": "3000", "message.timestamp.after.max.ms": "3600000"])
            ]) { try outcome.get() }
            await admin.close()
            try await withShop(try await Shop(.kafka, kafka: broker.address)) { shop in
                let products = (0..<20).map { "PRODUCT-WITH-A-LONG-NAME-\($0)" }
                for product in products { try await shop.addProduct(product, quantity: 10) }
                let large = try #require(try await shop.place(products.map { ($0, 1) }).string("order_id"))
                let small = try #require(try await shop.place([("PROD-001", 1)]).string("order_id"))
                _ = try await shop.notifications(of: small, count: 2)
                #expect(try await shop.caller.call("POST", shop.order + "/orders/\(large)/ship").status == 200)
                try await eventually("it is refused, and its next event waits behind it", within: .seconds(60)) {
                    try await Shop.tool(words(shop, "list")).output.contains("refuses 1, and 1 wait behind")
                }
                let next = try #require(try await shop.place([("PROD-001", 1)]).string("order_id"))
                _ = try await shop.notifications(of: next, count: 2)
                #expect(try await shop.events(of: large).isEmpty)

                let (code, output) = try await shop.runAudit(["--wait", "0"])
                #expect(code == 1 && output.contains("the log refuses") && output.contains(large), "\(output)")
                let list = try await Shop.tool(words(shop, "list", "--json"))
                #expect(list.output.contains(#""key":"\#(large)""#) && list.output.contains("MSG_SIZE_TOO_LARGE"))
                let health = try await shop.caller.call("GET", "/health", inside: shop.inside("order"))
                #expect(health.text.contains("refuses 1 event, 1 more wait behind it"), "\(health.text)")
                #expect(try await shop.caller.call("GET", shop.order + "/health/ready").status == 200)
                let drift = try await shop.tool("topics", "list")
                #expect(
                    drift.code == 1 && drift.output.contains("max.message.bytes 3000")
                        && drift.output.contains("message.timestamp.after.max.ms 3600000"), "\(drift.output)")

                // A restart changes nothing, and a mended topic all.
                shop.processes["order"]?.send(SIGKILL)
                _ = try await shop.processes["order"]?.ended(within: .seconds(60))
                try await shop.start("order")
                // Its own next try is put off, for it may come before ours.
                try await change(
                    shop.database("order"),
                    """
                    UPDATE outbox SET next_try = next_try + 120000
                    WHERE published_at IS NULL AND next_try < 4102444800000
                    """)
                try await setLimits(of: broker.address, bytes: 5_242_880)
                let retried = try await Shop.tool(words(shop, "retry", "--key", large))
                #expect(retried.code == 0 && retried.output.contains("1 event is tried again now"), "\(retried.output)")
                _ = try await shop.notifications(of: large, count: 4)
                #expect(
                    try await shop.events(of: large).map { $0.header("ce_type") } == [
                        "orderlog.OrderConfirmed.v1", "orderlog.OrderShipped.v1",
                    ])
                #expect(try await Shop.tool(words(shop, "list")).output.contains("order: the log refuses nothing"))
                try await eventually("health is well", within: .seconds(60)) {
                    !(try await shop.caller.call("GET", "/health", inside: shop.inside("order")).textOfNow.contains(
                        "refuses"))
                }
                try await shop.audit()
            }
        }
    }

    private func words(_ shop: Shop, _ words: String...) -> [String] {
        ["outbox"] + words + [
            "--order-database", shop.databaseURL("order"), "--inventory-database", shop.databaseURL("inventory"),
        ]
    }

    private func setLimits(of address: String, bytes: Int) async throws {
        let home = ProcessInfo.processInfo.environment["KAFKA_HOME"] ?? ""
        _ = try await runScript([
            "\(home)/bin/kafka-configs.sh", "--bootstrap-server", address, "--alter", "--entity-type", "topics",
            "--entity-name", "orders", "--add-config", "max.message.bytes=\(bytes)",
        ])
    }
}
