package import EventLog

/// A record that a group could not handle, on its way to `<topic>.<group>.dlq`.
package struct DeadLetter: Sendable {
    package var record: StoredRecord
    package var error: String
    /// How often it was tried; 1 for what can't be read.
    package var attempts: Int

    /// The record as it came, with headers that say where it came from and why it is here. Headers of an earlier stay
    /// in a dead-letter topic give way.
    func logRecord(topic: String, group: String) -> LogRecord {
        let position = record.position
        let headers =
            record.headers.filter { !$0.name.hasPrefix("dlq.") } + [
                LogHeader("dlq.topic", position.topic),
                LogHeader("dlq.partition", String(position.partition)),
                LogHeader("dlq.offset", String(position.offset)),
                LogHeader("dlq.timestamp", String(record.timestamp)),
                LogHeader("dlq.group", group),
                LogHeader("dlq.error", error),
                LogHeader("dlq.attempts", String(attempts)),
            ]
        return LogRecord(topic: topic, key: record.key, headers: headers, value: record.value, timestamp: nil)
    }
}
