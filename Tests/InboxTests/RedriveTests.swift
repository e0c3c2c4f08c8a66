import EventLog
import Headers
import Testing

@testable import Inbox

@Suite struct DeadLetterTests {
    private func record(_ headers: RecordHeaders, offset: Int64 = 17) -> StoredRecord {
        StoredRecord(
            position: LogPosition(topic: "orders", partition: 3, offset: offset), key: [1], headers: headers,
            value: [2],
            timestamp: 5)
    }

    private func stored(_ record: LogRecord, at offset: Int64) -> StoredRecord {
        StoredRecord(
            position: LogPosition(topic: record.topic, partition: record.partition ?? 0, offset: offset),
            key: record.key,
            headers: record.headers, value: record.value, timestamp: record.timestamp ?? 1_000)
    }

    private func all(_ name: String, _ headers: RecordHeaders) -> [String] {
        headers.filter { $0.name == name }.map { String(decoding: $0.value ?? [], as: UTF8.self) }
    }

    /// There and back, twice: the record is what it was, and its tries and its history add up.
    @Test func goesBackAsItCame() throws {
        let original = record([RecordHeader("ce_id", "x"), RecordHeader("other", nil)])
        let first = stored(
            DeadLetter(record: original, error: "one", attempts: 5).logRecord(topic: "orders.g.dlq", group: "g"), at: 0)
        let redriven = try #require(Redrive.record(of: first))
        #expect(redriven.topic == "orders" && redriven.partition == 3 && redriven.timestamp == 5)
        #expect(redriven.key == original.key && redriven.value == original.value)
        #expect(redriven.headers.starts(with: original.headers))
        let again = stored(redriven, at: 40)
        #expect(Redrive.isMeant(for: "g", again) && !Redrive.isMeant(for: "h", again))
        #expect(Redrive.isMeant(for: "h", original))

        let second = stored(
            DeadLetter(record: again, error: "two", attempts: 2).logRecord(topic: "orders.g.dlq", group: "g"), at: 2)
        #expect(all("dlq.attempts", second.headers) == ["7"])
        #expect(all("dlq.offset", second.headers) == ["17"])
        #expect(all("dlq.error", second.headers) == ["two"])
        #expect(all("dlq.history", second.headers) == ["1970-01-01T00:00:01.000Z orders.g.dlq/0:0 after 5 tries: one"])
        #expect(all("dlq.redrive.group", second.headers).isEmpty)
        let last = try #require(Redrive.record(of: second))
        #expect(all("dlq.history", last.headers).count == 2)
        #expect(all("dlq.redrive.group", last.headers) == ["g"])
    }

    /// Whoever can write to the topic can write any number: it must not end the service.
    @Test(arguments: ["9223372036854775807", "-9223372036854775808"]) func anyAttemptsCanBeCountedOn(_ header: String) {
        let letter = DeadLetter(record: record([RecordHeader("dlq.attempts", header)]), error: "one", attempts: 5)
        let counted = all("dlq.attempts", letter.logRecord(topic: "orders.g.dlq", group: "g").headers)
        #expect(counted.count == 1 && Int(counted[0]).map { $0 >= 5 } == true)
    }

    @Test func aMarkNamesTheLetter() {
        let letter = record([RecordHeader("dlq.topic", "orders"), RecordHeader("dlq.group", "g")])
        #expect(Redrive.markedOffset(stored(Redrive.mark(of: letter), at: 20)) == 17)
        #expect(Redrive.markedOffset(letter) == nil)
        #expect(Redrive.record(of: record([])) == nil)
    }
}
