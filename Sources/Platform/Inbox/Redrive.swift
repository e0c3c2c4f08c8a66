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
    /// Beside that mark: it was not sent back, for this reason, and never will be.
    private static let discarded = "dlq.discarded"

    /// What is missing of a record that was too large for the dead-letter topic, for people.
    static let cut = "dlq.cut"
    /// Where the record that was cut stands, and its fingerprint.
    static let original = "dlq.original"
    static let originalFingerprint = "dlq.original.sha256"

    /// Whether a group has any business with a record: with all but what is redriven to another group.
    package static func isMeant(for group: String, _ record: StoredRecord) -> Bool {
        record.header(Self.group).map { $0 == group } ?? true
    }

    /// What is missing of a dead letter, and where the record stands as it was; nil for one that is whole.
    package static func cut(_ letter: StoredRecord) -> (missing: String, original: LogPosition?)? {
        letter.header(cut).map { ($0, letter.header(original).flatMap { LogPosition($0) }) }
    }

    /// Why `record`, read where the original of a cut letter stood, is not the original; nil where it is.
    package static func difference(_ record: StoredRecord?, fromOriginalOf letter: StoredRecord) -> String? {
        guard let record, record.position.text == letter.header(original) else { return "no record stands there" }
        let (id, now) = (letter.header("ce_id"), record.header("ce_id"))
        if let id, id != now { return "the record there has the ce_id \(now ?? "of none") and not \(id)" }
        // A record out of which a customer was erased is another by its bytes, and still the one that is meant.
        guard
            record.isErased
                || RecordFingerprint.hexadecimal(RecordFingerprint.of(record)) == letter.header(originalFingerprint)
        else {
            return "the record there is another: its SHA-256 differs"
        }
        return nil
    }

    /// The record that goes back. It keeps its key, its value, its own headers and so its `ce_id`, and its partition and
    /// timestamp. `original` is what was read where a cut letter's record stands. nil for what is no dead letter.
    package static func record(of letter: StoredRecord, original: StoredRecord? = nil) -> LogRecord? {
        guard let topic = letter.header("dlq.topic"), let group = letter.header("dlq.group") else { return nil }
        let place = letter.position
        let stay = """
            \(Timestamp(milliseconds: letter.timestamp).rfc3339) \(place.topic)/\(place.partition):\(place.offset) after \
            \(letter.header("dlq.attempts") ?? "?") tries: \(letter.header("dlq.error") ?? "")
            """
        let headers = original.map { original in
            original.headers.filter { !$0.name.hasPrefix(DeadLetter.prefix) || $0.name == history }
                + letter.headers.filter { $0.name.hasPrefix(DeadLetter.prefix) && $0.name != history }
        }
        return LogRecord(
            topic: topic, partition: letter.header("dlq.partition").flatMap { Int32($0) },
            key: (original ?? letter).key,
            headers: RecordHeaders(
                (headers ?? Array(letter.headers)).filter { !ofOneStay.contains($0.name) } + [
                    RecordHeader(history, stay), RecordHeader(Self.group, group),
                ]), value: (original ?? letter).value, timestamp: letter.header("dlq.timestamp").flatMap { Int64($0) })
    }

    /// Headers that mean nothing on the way back.
    private static let ofOneStay: Set<String> = ["dlq.error", "dlq.group", cut, original, originalFingerprint]

    /// Says on the dead-letter topic that a record of it was redriven, or discarded for a reason: nothing on a log can be taken away.
    package static func mark(of letter: StoredRecord, discarded reason: String? = nil) -> LogRecord {
        var headers = [RecordHeader(mark, String(letter.position.offset))]
        if let reason { headers.append(RecordHeader(discarded, reason)) }
        return LogRecord(
            topic: letter.position.topic, partition: letter.position.partition, key: letter.key,
            headers: RecordHeaders(headers), value: nil)
    }

    /// Why the record that a mark is of was discarded; nil where it was redriven.
    package static func discardReason(_ record: StoredRecord) -> String? { record.header(discarded) }

    /// The offset of the record in the same partition that waits no more; nil for a dead letter.
    package static func markedOffset(_ record: StoredRecord) -> Int64? {
        record.value == nil ? record.header(mark).flatMap { Int64($0) } : nil
    }
}
