import EventLog
import Foundation
import Headers
import Testing

/// What can't be read goes to the dead-letter topic, and the next event is handled.
@Suite(.serialized) struct DeadLetterTests {
    @Test(arguments: Shop.Log.available) func theNextEventIsHandled(_ log: Shop.Log) async throws {
        try await withShop(log) { shop in
            let first = try #require(try await shop.place([("PROD-001", 1)]).string("order_id"))
            _ = try await shop.notifications(of: first, count: 2)
            let template = try #require(try await shop.events(of: first).first)

            func record(type: String, value: [UInt8]) -> LogRecord {
                let headers = template.headers.map { header in
                    switch header.name {
                    case "ce_type": RecordHeader("ce_type", type)
                    case "ce_id": RecordHeader("ce_id", UUID().uuidString.lowercased())
                    default: header
                    }
                }
                return LogRecord(
                    topic: "orders", partition: template.position.partition, key: template.key,
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
                type: confirmed, value: Array((#"{"loyalty":{"points":[1]},"# + text.dropFirst()).utf8))
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
}
