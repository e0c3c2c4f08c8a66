import EventLog
import Headers
import LogTools
import Testing
import Timestamps

@testable import Console

/// What stands where in an order's story.
@Suite struct TimelineTests {
    private static func record(_ offset: Int64, at milliseconds: Int64, value: [UInt8]) -> StoredRecord {
        StoredRecord(
            position: LogPosition(topic: "orders", partition: 3, offset: offset), key: Array("k".utf8),
            headers: [RecordHeader("ce_type", "orderlog.OrderConfirmed.v1"), RecordHeader("none", nil)], value: value,
            timestamp: milliseconds)
    }

    private static func text(_ timeline: Timeline) -> String { String(decoding: timeline.json(), as: UTF8.self) }

    private static func timeline(value: [UInt8] = Array("{}".utf8)) -> Timeline {
        func time(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }
        var timeline = Timeline(
            order: Array("{}".utf8),
            steps: [
                Timeline.Step(status: "confirmed", at: time(1_000)),
                Timeline.Step(status: "shipped", at: time(3_000), by: "warehouse"),
            ])
        timeline.found.records = [record(7, at: 1_000, value: value)]
        timeline.handled = Timeline.Handled(
            places: ["inventory-service": [3: 8], "notification-service": [3: 7]])
        timeline.messages = [
            Timeline.Message(createdAt: time(1_005), sentAt: time(3_500), json: Array(#"{"channel":"email"}"#.utf8))
        ]
        return timeline
    }

    @Test func itIsToldInTheOrderInWhichItHappened() {
        let kinds = Self.timeline().entries.map { entry in
            switch entry {
            case .step(let step): step.status
            case .event: "event"
            case .handled(let group, _, let isDone, _): "\(group) \(isDone)"
            case .message: "message"
            case .sent: "sent"
            }
        }
        #expect(
            kinds == [
                "confirmed", "event", "inventory-service true", "notification-service false", "message", "shipped",
                "sent",
            ])
    }

    @Test func aRecordIsToldWithItsHeadersAndAsText() {
        let text = Self.text(Self.timeline(value: Array(#"{"amount":1000000000000000000}"#.utf8)))
        #expect(text.contains(#""position":"orders/3:7""#))
        #expect(text.contains(#"{"name":"none","value":null}"#))
        // As text, so that no reader makes another number of it.
        #expect(text.contains(#""value":"{\"amount\":1000000000000000000}","bytes":30"#))
    }

    /// Of a record of megabytes the beginning is told, and how long it is.
    @Test func aLongRecordIsToldInPart() {
        let text = Self.text(Self.timeline(value: [UInt8](repeating: 0x61, count: 4 << 20)))
        #expect(text.utf8.count < 80 << 10)
        #expect(text.contains(#""bytes":4194304"#))
    }

    /// A group goes past what it can't handle, too: that is no success, whatever its offset says.
    @Test func aDeadLetterIsNoSuccess() throws {
        func letter(_ offset: Int64, _ end: DeadLetters.Letter.End?) -> DeadLetters.Letter {
            let headers = [
                RecordHeader("dlq.topic", "orders"), RecordHeader("dlq.partition", "3"),
                RecordHeader("dlq.offset", "7"), RecordHeader("dlq.group", "inventory-service"),
                RecordHeader("dlq.error", "no such product"),
            ]
            return DeadLetters.Letter(
                record: StoredRecord(
                    position: LogPosition(topic: "orders.inventory-service.dlq", partition: 0, offset: offset),
                    key: nil, headers: RecordHeaders(headers), value: [], timestamp: 2_000), bytes: 0, end: end)
        }
        func told(_ letters: [DeadLetters.Letter]) -> String {
            var timeline = Self.timeline()
            timeline.handled?.letters = letters
            return Self.text(timeline)
        }
        let waits = told([letter(0, nil)])
        #expect(waits.contains(#""group":"inventory-service","position":"orders/3:7","done":false,"dead_letter":{"#))
        #expect(waits.contains(#""error":"no such product""#))
        #expect(told([letter(0, .discarded("a test"))]).contains(#""done":false,"dead_letter":{"#))
        #expect(told([letter(0, .redriven)]).contains(#""done":true,"dead_letter":{"#))
        // It was sent back, and failed again.
        #expect(told([letter(0, .redriven), letter(2, nil)]).contains(#""done":false,"dead_letter":{"#))
    }

    /// Where it is not known what the groups did, nothing is said of it.
    @Test func whatIsNotKnownIsNotTold() {
        var timeline = Self.timeline()
        timeline.handled = nil
        timeline.missing = [Timeline.Missing(part: "groups", detail: "away")]
        let text = Self.text(timeline)
        #expect(!text.contains("\"done\"") && text.contains(#""missing":[{"part":"groups","detail":"away"}]"#))
    }
}
