import EventLog
import Foundation
import Headers
import Kafka
import TestBroker
import Testing

/// What can't be read goes to the dead-letter topic, and the next event is handled.
@Suite(.serialized) struct DeadLetterTests {
    @Test(arguments: Shop.Log.available) func theNextEventIsHandled(_ log: Shop.Log) async throws {
        try await withShop(log) { shop in
            let first = try #require(try await shop.place([("PROD-001", 1)]).string("order_id"))
            _ = try await shop.notifications(of: first, count: 2)
            let template = try #require(try await shop.events(of: first).first)

            // Of another order in the same partition.
            func record(type: String, of order: String? = nil, value: [UInt8]) -> LogRecord {
                let headers = template.headers.map { header in
                    switch header.name {
                    case "ce_type": RecordHeader("ce_type", type)
                    case "ce_id": RecordHeader("ce_id", UUID().uuidString.lowercased())
                    case "ce_subject": RecordHeader("ce_subject", order ?? first)
                    default: header
                    }
                }
                return LogRecord(
                    topic: "orders", partition: template.position.partition, key: Array((order ?? first).utf8),
                    headers: RecordHeaders(headers),
                    value: value)
            }
            let confirmed = "orderlog.OrderConfirmed.v1"
            let order = "0190f0f0-0000-7000-8000-0000000000ff"
            let text = String(decoding: template.value ?? [], as: UTF8.self).replacing(first, with: order)
            let bad = [
                record(type: "orderlog.OrderPondered.v1", value: template.value ?? []),
                record(type: confirmed, value: Array("no JSON \u{1}".utf8)),
                record(type: confirmed, value: [0xFF, 0x00]),
            ]
            // With fields that nobody knows yet: it is read.
            let good = record(
                type: confirmed, of: order, value: Array((#"{"loyalty":{"points":[1]},"# + text.dropFirst()).utf8))
            let eventLog = try await shop.openLog()
            for result in await eventLog.append(bad + [good]) { _ = try result.get() }

            _ = try await shop.notifications(of: order, count: 2)
            let topic = "orders.notification-service.dlq"
            let dead: [StoredRecord] = try await eventually("three dead letters", within: .seconds(30)) {
                let records = try await eventLog.read(topic: topic, partition: 0, from: 0, limit: 10)
                return records.count >= 3 ? records : nil
            }
            await eventLog.close()
            #expect(dead.map(\.value) == bad.map(\.value))
            #expect(dead.map(\.key) == bad.map(\.key))
            for (letter, original) in zip(dead, bad) {
                #expect(letter.headers.starts(with: original.headers))
                #expect(letter.header("dlq.topic") == "orders")
                #expect(letter.header("dlq.group") == "notification-service")
                #expect(letter.header("dlq.partition") == String(template.position.partition))
                #expect(letter.header("dlq.offset") != nil && letter.header("dlq.error")?.isEmpty == false)
                #expect(letter.header("dlq.attempts") == "1")
            }
        }
    }

    /// Records as large as the topic takes, and dead-letter topics that take less, or are gone: each group puts them
    /// aside, and the next order's customer is told.
    @Test(.enabled(if: TestBroker.isAvailable, "needs Kafka: set KAFKA_HOME"))
    func aLetterAlwaysFits() async throws {
        try await withBroker { broker in
            let admin = try KafkaAdmin(KafkaConfiguration(bootstrapServers: broker.address)) { _ in }
            let small = KafkaNewTopic(
                name: "orders.notification-service.dlq", partitions: 1, settings: ["max.message.bytes": "100000"])
            for outcome in try await admin.create([small]) { try outcome.get() }
            await admin.close()
            try await withShop(try await Shop(.kafka, kafka: broker.address)) { shop in
                let first = try #require(try await shop.place([("PROD-001", 1)]).string("order_id"))
                _ = try await shop.notifications(of: first, count: 2)
                let kafka = try #require(ProcessInfo.processInfo.environment["KAFKA_HOME"])
                _ = try await runScript([
                    "\(kafka)/bin/kafka-topics.sh", "--bootstrap-server", broker.address, "--delete", "--topic",
                    "orders.inventory-service.dlq",
                ])
                let template = try #require(try await shop.events(of: first).first)
                let headers = RecordHeaders(
                    [
                        RecordHeader("ce_id", UUID().uuidString.lowercased()),
                        // Both groups read it.
                        RecordHeader("ce_type", "orderlog.OrderCancelled.v1"),
                    ] + template.headers.filter { $0.name != "ce_id" && $0.name != "ce_type" })
                let values = [(5 << 20) - headers.bytes.count - 100, 1 << 20].map { [UInt8](repeating: 0, count: $0) }
                try await shop.withLog { log in
                    for value in values {
                        let record = LogRecord(
                            topic: "orders", partition: template.position.partition, key: template.key,
                            headers: headers, value: value)
                        for result in await log.append([record]) { _ = try result.get() }
                    }
                }
                let second = try #require(try await shop.place([("PROD-001", 1)]).string("order_id"))
                _ = try await shop.notifications(of: second, count: 2)
                for group in ["notification-service", "inventory-service"] { try await shop.awaitGroup(group) }

                let topic = "orders.notification-service.dlq"
                let shown = try await shop.tool("dlq", "show", "\(topic)/0:1")
                #expect(shown.output.contains("of the value's 1048576 bytes are here; the original stands at orders/"))
                let list = try await shop.tool("dlq", "list")
                #expect(list.lines.count == 5, "\(list.output)")
                // It goes back whole, and its group cuts it once more.
                #expect(try await shop.tool("dlq", "redrive", "\(topic)/0:1").output.contains("redriven 1"))
                try await eventually("it is back", within: .seconds(60)) {
                    try await shop.tool("dlq", "list", "--topic", topic, "--json").lines.contains {
                        $0.contains(#""attempts":2"#) && $0.contains("of the value's 1048576 bytes are here")
                    }
                }
                // With what a redrive adds, the other is above the limit of `orders`.
                let refused = try await shop.tool("dlq", "redrive", "\(topic)/0:0")
                #expect(refused.code == 1 && refused.output.contains("0 of 1 are redriven"), "\(refused.output)")
            }
        }
    }
}
