import Foundation
import Kafka
import TestBroker
import Testing

/// A record that Kafka refuses for its content holds back its own order only, and audit shows it.
@Suite(.enabled(if: TestBroker.isAvailable, "needs Kafka: set KAFKA_HOME"))
struct RefusedRecordTests {
    @Test func onlyItsOwnOrderIsHeldBack() async throws {
        try await withBroker { broker in
            let admin = try KafkaAdmin(
                KafkaConfiguration(bootstrapServers: broker.address, properties: [:]), log: { _ in })
            // Someone made the topic with a limit of his own.
            for outcome in try await admin.create([
                KafkaNewTopic(name: "orders", partitions: 12, settings: ["max.message.bytes": "3000"])
            ]) { try outcome.get() }
            await admin.close()
            try await withShop(try await Shop(.kafka, kafka: broker.address)) { shop in
                let products = (0..<20).map { "PRODUCT-WITH-A-LONG-NAME-\($0)" }
                for product in products { try await shop.addProduct(product, quantity: 10) }
                let large = try #require(try await shop.place(products.map { ($0, 1) }).string("order_id"))
                let small = try #require(try await shop.place([("PROD-001", 1)]).string("order_id"))
                _ = try await shop.notifications(of: small, count: 2)
                #expect(try await shop.caller.call("POST", shop.order + "/orders/\(large)/ship").status == 200)
                try await eventually("it is refused", within: .seconds(20)) {
                    try await shop.count("order", "SELECT count(*) FROM outbox WHERE refused IS NOT NULL") == 1
                }
                let next = try #require(try await shop.place([("PROD-001", 1)]).string("order_id"))
                _ = try await shop.notifications(of: next, count: 2)
                #expect(try await shop.events(of: large).isEmpty)
                let (code, output) = try await shop.runAudit(["--wait", "0"])
                #expect(code == 1 && output.contains("the log refuses") && output.contains(large), "\(output)")
            }
        }
    }
}
