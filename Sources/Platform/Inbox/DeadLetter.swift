package import EventLog
import Headers

/// A record that a group could not handle, on its way to `<topic>.<group>.dlq`.
package struct DeadLetter: Sendable {
    /// Of the headers that say what happened to it.
    static let prefix = "dlq."

    package var record: StoredRecord
    /// Why; goes into the header `dlq.error`.
    package var error: String
    /// How often it was tried since it was last read; 1 for what can't be read.
    package var attempts: Int

    /// The record as it came, with headers that say where it came from first and why it is here. One that was redriven
    /// and failed again keeps its history, and its attempts add up.
    ///
    /// `limit`: bytes of key, headers and value. What does not fit is cut, and more headers say so and where the record
    /// stands; nil: nothing is cut.
    func logRecord(topic: String, group: String, limit: Int? = nil) -> LogRecord {
        let kept = record.headers.filter { !$0.name.hasPrefix(Self.prefix) || $0.name == Redrive.history }
        let own = ownHeaders(group: group, errorLimit: min(limit ?? Self.errorLimit, Self.errorLimit * 4) / 4)
        let whole = LogRecord(
            topic: topic, key: record.key, headers: RecordHeaders(kept + own), value: record.value, timestamp: nil)
        guard let limit, whole.size > limit else { return whole }
        return CutRecord(record, kept, own: own, limit: limit).logRecord(topic: topic)
    }

    /// Bytes; a reason can quote what it is about.
    private static let errorLimit = 4_000

    private func ownHeaders(group: String, errorLimit: Int) -> [RecordHeader] {
        let position = record.position
        // Anyone who writes to the topic can write these headers.
        func first(_ name: String, _ now: String) -> RecordHeader {
            RecordHeader(name, record.header(name).flatMap { $0.utf8.count <= 300 ? $0 : nil } ?? now)
        }
        let earlier = record.header("dlq.attempts").flatMap { Int($0) }.map { min(max($0, 0), 1_000_000_000) } ?? 0
        return [
            first("dlq.topic", position.topic),
            first("dlq.partition", String(position.partition)),
            first("dlq.offset", String(position.offset)),
            first("dlq.timestamp", String(record.timestamp)),
            RecordHeader("dlq.group", group),
            RecordHeader("dlq.error", Self.beginning(of: error, errorLimit)),
            RecordHeader("dlq.attempts", String(earlier + attempts)),
        ]
    }

    private static func beginning(of text: String, _ limit: Int) -> String {
        guard text.utf8.count > limit else { return text }
        return String(decoding: text.utf8.prefix(max(limit - 4, 0)), as: UTF8.self) + "…"
    }
}

/// What is left of a record that is too large for the dead-letter topic.
private struct CutRecord {
    /// Bytes. A longer header is left out.
    private static let longestHeader = 1_024

    private var key: [UInt8]?
    private var headers: [RecordHeader] = []
    private var value: [UInt8]?

    init(_ record: StoredRecord, _ kept: [RecordHeader], own: [RecordHeader], limit: Int) {
        // What says so takes less than 300 bytes.
        var room = limit - RecordHeaders(own).bytes.count - 300
        var leftOut = 0
        // The event's own first: by them it is found.
        let (attributes, others) = (
            kept.filter { $0.name.hasPrefix("ce_") }, kept.filter { !$0.name.hasPrefix("ce_") }
        )
        for header in attributes + others {
            let size = RecordHeaders([header]).bytes.count
            if size <= Self.longestHeader, size <= room / 2 {
                headers.append(header)
                room -= size
            } else {
                leftOut += 1
            }
        }
        var cut: [String] = []
        if let whole = record.key {
            if whole.count <= room / 4 {
                key = whole
                room -= whole.count
            } else {
                cut.append("the key of \(whole.count) bytes is left out")
            }
        }
        if let whole = record.value {
            value = Array(whole.prefix(max(room, 0)))
            if value?.count != whole.count {
                cut.append("\(value?.count ?? 0) of the value's \(whole.count) bytes are here")
            }
        }
        if leftOut > 0 { cut.append("\(leftOut) of \(kept.count) headers are left out") }
        headers +=
            own + [
                RecordHeader(Redrive.cut, cut.joined(separator: ", ")),
                RecordHeader(Redrive.original, record.position.text),
                RecordHeader(
                    Redrive.originalFingerprint, RecordFingerprint.hexadecimal(RecordFingerprint.of(record))),
            ]
    }

    func logRecord(topic: String) -> LogRecord {
        LogRecord(topic: topic, key: key, headers: RecordHeaders(headers), value: value, timestamp: nil)
    }
}
