package import EventLog
import Headers
import Timestamps

/// A dead letter's way back: it goes to its topic again as the record that it was, for the one group that could not handle
/// it. What it went through stays with it, in headers.
package enum Redrive {
    /// The one group that a record is meant for.
    private static let group = "dlq.redrive.group"
    /// One for each stay in a dead-letter topic: when, where, after how many tries, why.
    static let history = "dlq.history"
    /// On a record without a value in a dead-letter topic: the record at this place has been redriven.
    private static let mark = "dlq.redriven"

    /// Whether a group has any business with a record: with all but what is redriven to another group.
    package static func isMeant(for group: String, _ record: StoredRecord) -> Bool {
        record.header(Self.group).map { $0 == group } ?? true
    }

    /// The record that goes back. It keeps its key, its value, its own headers and so its `ce_id`, and its partition and
    /// timestamp. nil for what is no dead letter.
    package static func record(of letter: StoredRecord) -> LogRecord? {
        guard let topic = letter.header("dlq.topic"), let group = letter.header("dlq.group") else { return nil }
        let place = letter.position
        let stay = """
            \(Timestamp(milliseconds: letter.timestamp).rfc3339) \(place.topic)/\(place.partition):\(place.offset) after \
            \(letter.header("dlq.attempts") ?? "?") tries: \(letter.header("dlq.error") ?? "")
            """
        return LogRecord(
            topic: topic, partition: letter.header("dlq.partition").flatMap { Int32($0) }, key: letter.key,
            headers: RecordHeaders(
                letter.headers.filter { $0.name != "dlq.error" && $0.name != "dlq.group" } + [
                    RecordHeader(history, stay), RecordHeader(Self.group, group),
                ]), value: letter.value, timestamp: letter.header("dlq.timestamp").flatMap { Int64($0) })
    }

    /// Says on the dead-letter topic that a record of it was redriven: nothing on a log can be taken away.
    package static func mark(of letter: StoredRecord) -> LogRecord {
        LogRecord(
            topic: letter.position.topic, partition: letter.position.partition, key: letter.key,
            headers: [RecordHeader(mark, String(letter.position.offset))], value: nil)
    }

    /// The offset of the record in the same partition that is said to be redriven; nil for a dead letter.
    package static func markedOffset(_ record: StoredRecord) -> Int64? {
        record.value == nil ? record.header(mark).flatMap { Int64($0) } : nil
    }
}
