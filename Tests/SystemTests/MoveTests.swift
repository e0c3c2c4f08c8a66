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

                // What Kafka would refuse is said before anything is written there.
                let kafkaHome = try #require(ProcessInfo.processInfo.environment["KAFKA_HOME"])
                _ = try await runScript([
                    "\(kafkaHome)/bin/kafka-topics.sh", "--bootstrap-server", broker.address, "--create", "--topic",
                    "orders", "--partitions", "12", "--config", "max.message.bytes=1000", "--config",
                    "retention.ms=5000", "--config", "retention.bytes=1000000",
                    "--config", "flush.messages=7",
                ])
                let tooSmall = try await Shop.tool(["move"] + kafka)
                #expect(tooSmall.code == 1 && tooSmall.output.contains("at most 1000 bytes"), "\(tooSmall.output)")
                let settings = "max.message.bytes=5242880,retention.ms=-1,retention.bytes=-1"
                #expect(tooSmall.output.contains("--add-config \(settings)"), "\(tooSmall.output)")
                let topics = try await Shop.tool(["topics", "list", "--kafka", broker.address])
                #expect(topics.output.contains("inventory") && topics.output.contains("missing"), "\(topics.output)")
                let apply = try await Shop.tool(["topics", "apply", "--kafka", broker.address])
                #expect(apply.code == 0, "\(apply.output)")
                #expect(
                    apply.output.contains(
                        "orders: max.message.bytes 1000, declared 5242880: now max.message.bytes=5242880"))
                #expect(apply.output.contains("now retention.ms=-1"), "\(apply.output)")
                let described = try await runScript([
                    "\(kafkaHome)/bin/kafka-configs.sh", "--bootstrap-server", broker.address, "--describe",
                    "--entity-type", "topics", "--entity-name", "orders",
                ])
                #expect(described.contains("flush.messages=7"), "what somebody set stays: \(described)")

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
                    // Said again it neither copies, nor advises to delete what has gone on since.
                    let again = try await Shop.tool(["move"] + kafka)
                    #expect(again.code == 0 && again.output.contains("was moved already"), "\(again.output)")
                    #expect(!again.output.contains("delete"), "\(again.output)")
                    // The file is the past, and so is a fresh folder beside this Kafka.
                    for command in [["up"] + ports, ["events", "tail"], ["adopt", "--yes"]] {
                        let past = try await Shop.tool(command + ["--data", folder.path])
                        #expect(past.code == 1, "\(command)")
                        #expect(past.output.contains("say --kafka \(broker.address)"), "\(past.output)")
                    }
                    let fresh = folder.appending(path: "fresh").path
                    let refused = try await Shop.tool(["up", "--data", fresh, "--kafka", broker.address] + ports)
                    #expect(refused.code == 1 && refused.output.contains("knows nothing of"), "\(refused.output)")
                }
            }
        }
    }
}
