import Foundation
import TestBroker
import Testing

/// The way from the embedded log to Kafka.
@Suite struct MoveTests {
    @Test(.enabled(if: TestBroker.isAvailable, "needs Kafka: set KAFKA_HOME"))
    func aShopGoesFromItsFileToKafkaAndNobodyIsToldTwice() async throws {
        try await withBroker { broker in
            let folder = FileManager.default.temporaryDirectory.appending(path: "orderlog-\(UUID().uuidString)")
            try await withShop(try await Shop(.embedded, folder: folder)) { shop in
                var orders: [String] = []
                for _ in 0..<5 {
                    orders.append(try #require(try await shop.place([("PROD-001", 1)]).string("order_id")))
                }
                for order in orders { _ = try await shop.notifications(of: order, count: 2) }
                #expect(try await shop.stop() == [0])

                let kafka = ["--data", folder.path, "--kafka", broker.address]
                let ports = ["--order-port", "0", "--inventory-port", "0", "--notification-port", "0"]
                let trap = try await Shop.tool(["up"] + kafka + ports)
                #expect(trap.code == 1)
                #expect(trap.output.contains("belongs to another log") && trap.output.contains("orderlog move"))

                for _ in 0..<2 {
                    let move = try await Shop.tool(["move"] + kafka)
                    #expect(move.code == 0, "\(move.output)")
                }
                let moved = try await Shop(.kafka, kafka: broker.address, folder: folder)
                try await withShop(moved) { moved in
                    let order = try #require(try await moved.place([("PROD-001", 1)]).string("order_id"))
                    _ = try await moved.notifications(of: order, count: 2)
                    try await moved.awaitGroup("notification-service")
                    for order in orders { _ = try await moved.notifications(of: order, count: 2) }
                    try await moved.audit()
                    _ = try await moved.stop()
                    // The file is the past, and so is a fresh folder beside this Kafka.
                    #expect(try await Shop.tool(["up", "--data", folder.path] + ports).code == 1)
                    let fresh = folder.appending(path: "fresh").path
                    let refused = try await Shop.tool(["up", "--data", fresh, "--kafka", broker.address] + ports)
                    #expect(refused.code == 1 && refused.output.contains("knows nothing of"), "\(refused.output)")
                }
            }
        }
    }
}
