import Foundation
import TestBroker
import Testing

/// What is away for a while is waited for; nothing is lost, and no caller hangs.
@Suite(.serialized, .enabled(if: TestBroker.isAvailable, "needs Kafka: set KAFKA_HOME"))
struct OutageTests {
    @Test func inventoryAwayIsA503AndThenOrdersFlow() async throws {
        try await withShop(.kafka) { shop in
            let inventory = try #require(shop.processes["inventory"])
            try await inventory.killNow()
            let begin = ContinuousClock.now
            let refused = try await shop.placeOnce([("PROD-001", 1)])
            #expect(refused.status == 503, "\(refused.text)")
            #expect(refused.header("retry-after") != nil)
            // A call that nobody ends has half a minute.
            #expect(ContinuousClock.now - begin < .seconds(20))
            #expect(try await shop.caller.call("GET", shop.order + "/orders").list("orders").isEmpty)
            // What was found a moment before the end is told for some seconds.
            try await eventually("the order service to be degraded", within: .seconds(60)) {
                try await shop.caller.call("GET", shop.order + "/health").string("status") == "degraded"
            }
            #expect(try await shop.caller.call("GET", shop.order + "/health/ready").status == 200)

            try await shop.start("inventory")
            try await eventually("an order", within: .seconds(60)) {
                try await shop.placeOnce([("PROD-001", 1)]).status == 201
            }
            // What was asked for again may have held some more, until it is reclaimed.
            try await eventually("one is reserved", within: .seconds(60)) { try await shop.available("PROD-001") == 99 }
        }
    }

    /// It accepts and never answers: the deadline of two seconds ends the wait.
    @Test func inventoryStalledIsA503WithinTheDeadline() async throws {
        try await withShop(.kafka) { shop in
            let inventory = try #require(shop.processes["inventory"])
            try await inventory.standStill()
            let begin = ContinuousClock.now
            let refused = try await shop.placeOnce([("PROD-001", 1)])
            let took = ContinuousClock.now - begin
            inventory.send(SIGCONT)
            #expect(refused.status == 503, "\(refused.text)")
            #expect(took >= .milliseconds(1_500) && took < .seconds(20), "\(took)")
            // The call may have been made all the same; then reclaiming gives the stock back.
            try await eventually("stock as at first", within: .seconds(60)) {
                try await shop.available("PROD-001") == 100
            }
        }
    }

    @Test func kafkaAwayStillTakesOrdersAndNotifiesLater() async throws {
        try await withShop(.kafka, isProxied: false) { shop, broker in
            let broker = try #require(broker)
            let before = try #require(try await shop.place([("PROD-001", 1)]).string("order_id"))
            _ = try await shop.notifications(of: before, count: 2)
            try await broker.kill()
            var orders: [String] = []
            for _ in 0..<5 {
                let reply = try await shop.place([("PROD-001", 1)])
                #expect(reply.status == 201)
                orders.append(try #require(reply.string("order_id")))
            }
            let health = try await eventually("the order service to be degraded", within: .seconds(60)) {
                let health = try await shop.caller.call("GET", "/health", inside: shop.inside("order"))
                return health.string("status") == "degraded" ? health : nil
            }
            #expect(health.string("checks.kafka.status") == "down")
            #expect(try await shop.caller.call("GET", shop.notification + "/health/ready").status == 200)
            for (name, process) in shop.processes {
                try await eventually("\(name) says that Kafka is away", within: .seconds(30)) {
                    process.errorText.contains("Kafka can't be reached error=")
                }
            }
            try await broker.start()
            for order in orders {
                _ = try await shop.notifications(of: order, count: 2, within: .seconds(60))
            }
            for (name, process) in shop.processes {
                try await eventually("\(name) says that Kafka is back", within: .seconds(30)) {
                    process.errorText.contains("Kafka is back away_seconds=")
                }
                let lines = process.errorText.split(separator: "\n")
                // While it starts it may be there, and away again.
                #expect(lines.count { $0.contains("Kafka can't be reached") } <= 3)
                #expect(!lines.contains { $0.contains("thrd:") }, "librdkafka's own words")
            }
        }
    }

    /// Kafka comes after the services: they start, take orders, and make the topics when it is there.
    @Test func kafkaMayComeLast() async throws {
        try await withBroker { broker in
            try await broker.kill()
            try await withShop(try await Shop(.kafka, kafka: broker.address)) { shop in
                let reply = try await shop.place([("PROD-001", 1)])
                #expect(reply.status == 201)
                try await broker.start()
                _ = try await shop.notifications(
                    of: try #require(reply.string("order_id")), count: 2, within: .seconds(60))
            }
        }
    }
}
