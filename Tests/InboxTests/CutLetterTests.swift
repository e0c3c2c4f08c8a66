import EventLog
import Headers
import Testing

@testable import Inbox

@Suite struct CutLetterTests {
    private func letter(key: Int, headers: [Int], value: Int, error: Int = 10) -> DeadLetter {
        DeadLetter(
            record: StoredRecord(
                position: LogPosition(topic: "orders", partition: 3, offset: 17), key: Array(repeating: 1, count: key),
                headers: RecordHeaders(
                    headers.enumerated().map { RecordHeader("h\($0)", Array(repeating: 2, count: $1)) }
                        + [RecordHeader("ce_id", "x"), RecordHeader("dlq.topic", String(repeating: "t", count: 5_000))]),
                value: Array(repeating: 3, count: value), timestamp: 5),
            error: String(repeating: "é", count: error / 2), attempts: 1)
    }

    /// Whatever makes it too large.
    @Test(
        arguments: [
            (100_000, [], 10, 10), (10, [100_000], 10, 10), (10, [], 100_000, 10),
            (10, Array(repeating: 20, count: 5_000), 10, 10),
            (50_000, [50_000, 900, 900, 900], 50_000, 50_000), (0, [], 100_000, 1_000_000),
        ] as [(Int, [Int], Int, Int)], [2_048, 10_000, 65_536]) func fits(_ sizes: (Int, [Int], Int, Int), _ limit: Int)
        throws
    {
        let letter = letter(key: sizes.0, headers: sizes.1, value: sizes.2, error: sizes.3)
        let record = letter.logRecord(topic: "orders.g.dlq", group: "g", limit: limit)
        #expect(record.size <= limit)
        #expect(record.headers.text("dlq.original") == "orders/3:17" && record.headers.text("dlq.cut") != nil)
        #expect(record.headers.text("ce_id") == "x", "the event's own headers come first")
        #expect(record.headers.text("dlq.topic") == "orders", "a name that long is none")
        #expect(record.headers.text("dlq.error") != nil)
    }

    @Test func whatFitsIsLeftAsItIs() {
        let letter = letter(key: 1, headers: [5], value: 10)
        let whole = letter.logRecord(topic: "orders.g.dlq", group: "g")
        #expect(letter.logRecord(topic: "orders.g.dlq", group: "g", limit: whole.size) == whole)
        #expect(whole.headers.text("dlq.cut") == nil)
    }

    /// A reason can quote megabytes.
    @Test func aReasonIsBounded() {
        let record = letter(key: 1, headers: [], value: 1, error: 2_000_000).logRecord(topic: "d", group: "g")
        #expect(record.headers.text("dlq.error").map { $0.hasPrefix("éé") && $0.utf8.count <= 4_000 } == true)
    }
}
