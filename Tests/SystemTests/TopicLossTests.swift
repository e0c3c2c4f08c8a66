import EventLog
import Foundation
import TestBroker
import Testing

/// A topic that somebody deletes, or sets otherwise, while the shop runs.
@Suite struct TopicLossTests {
    @Test(.enabled(if: TestBroker.isAvailable, "needs Kafka: set KAFKA_HOME"))
    func eventsThatAreGoneAreToldAndBroughtBack() async throws {
        try await withShop(.kafka) { shop in
            var orders: [String] = []
            for _ in 0..<5 { orders.append(try #require(try await shop.place([("PROD-001", 1)]).string("order_id"))) }
            for order in orders { _ = try await shop.notifications(of: order, count: 2) }
            for group in ["notification-service", "inventory-service"] { try await shop.awaitGroup(group) }
            // Each service has seen them there.
            try await awaitDetail("inventory:", in: shop) {
                try await kafka(
                    "kafka-configs.sh", "--alter", "--entity-type", "topics", "--entity-name", "inventory",
                    "--add-config", "max.message.bytes=2000", of: shop)
            }
            let apply = try await shop.tool("topics", "apply")
            #expect(apply.code == 0 && apply.output.contains("inventory: max.message.bytes 2000"), "\(apply.output)")
            // To keep less than before is done only where somebody says so.
            try await kafka(
                "kafka-configs.sh", "--alter", "--entity-type", "topics", "--entity-name",
                "orders.notification-service.dlq", "--add-config", "retention.ms=-1", of: shop)
            try await eventually("the letters are kept for ever", within: .seconds(60)) {
                try await shop.tool("topics", "list").output.contains("kept for ever, declared 30 days")
            }
            let unasked = try await shop.tool("topics", "apply")
            #expect(unasked.code == 1 && unasked.output.contains("left as it is; say --lower, or: kafka-configs.sh"))
            #expect(unasked.output.contains("--add-config retention.ms=2592000000"), "\(unasked.output)")
            let asked = try await shop.tool("topics", "apply", "--lower")
            #expect(asked.code == 0 && asked.output.contains("now retention.ms=2592000000"), "\(asked.output)")
            try await eventually("all is as declared", within: .seconds(60)) {
                for service in ["order", "inventory", "notification"] where try await detail(service, shop) != nil {
                    return false
                }
                return true
            }

            try await awaitDetail("events are gone", in: shop) {
                try await kafka("kafka-topics.sh", "--delete", "--topic", "orders", of: shop)
            }
            let line = try #require(try await detail("order", shop))
            #expect(line.contains("with 5 records") || line.contains("had 5 records"), "\(line)")
            #expect(line.contains("orderlog audit --republish"), "\(line)")
            let log = try String(contentsOf: shop.folder.appending(path: "order.log"), encoding: .utf8)
            #expect(log.contains("events are gone from the log"))

            try await eventually("the topic is there again", within: .seconds(60)) {
                try await shop.tool("topics", "list").code == 0
            }
            let audit = try await shop.runAudit(["--republish"])
            #expect(audit.output.contains("5"), "\(audit.output)")
            try await shop.withLog { log in
                try await eventually("the events are there again", within: .seconds(60)) {
                    try await log.ranges(topic: "orders").reduce(0) { $0 + $1.end } >= 5
                }
            }
            for group in ["notification-service", "inventory-service"] { try await shop.awaitGroup(group) }
            try await shop.audit()
            try shop.expectNobodyToldTwice()
        }
    }

    /// Waits until each service's health says so.
    private func awaitDetail(_ text: String, in shop: Shop, after cause: () async throws -> Void) async throws {
        try await cause()
        for service in ["order", "inventory", "notification"] {
            try await eventually("\(service) says: \(text)", within: .seconds(60)) {
                try await detail(service, shop)?.contains(text) == true
            }
        }
    }

    /// What is wrong with the topics, by a service's health; nil: nothing.
    private func detail(_ service: String, _ shop: Shop) async throws -> String? {
        try await shop.caller.call("GET", "/health", inside: shop.inside(service)).string("checks.topics.detail")
    }

    private func kafka(_ tool: String, _ words: String..., of shop: Shop) async throws {
        let home = try #require(ProcessInfo.processInfo.environment["KAFKA_HOME"])
        _ = try await runScript(["\(home)/bin/\(tool)", "--bootstrap-server", shop.kafka ?? ""] + words)
    }
}
