package import EventLog
import Headers

/// A record that a group could not handle, on its way to `<topic>.<group>.dlq`.
package struct DeadLetter: Sendable {
    package var record: StoredRecord
    package var error: String
    /// How often it was tried since it was last read; 1 for what can't be read.
    package var attempts: Int

    /// The record as it came, with headers that say where it came from first and why it is here. One that was redriven
    /// and failed again keeps its history, and its attempts add up.
    func logRecord(topic: String, group: String) -> LogRecord {
        let position = record.position
        func first(_ name: String, _ now: String) -> RecordHeader { RecordHeader(name, record.header(name) ?? now) }
        // Anyone who writes to the topic can write this header.
        let earlier = record.header("dlq.attempts").flatMap { Int($0) }.map { min(max($0, 0), 1_000_000_000) } ?? 0
        let headers = RecordHeaders(
            record.headers.filter { !$0.name.hasPrefix("dlq.") || $0.name == Redrive.history } + [
                first("dlq.topic", position.topic),
                first("dlq.partition", String(position.partition)),
                first("dlq.offset", String(position.offset)),
                first("dlq.timestamp", String(record.timestamp)),
                RecordHeader("dlq.group", group),
                RecordHeader("dlq.error", error),
                RecordHeader("dlq.attempts", String(earlier + attempts)),
            ])
        return LogRecord(topic: topic, key: record.key, headers: headers, value: record.value, timestamp: nil)
    }
}
