import EventLog
import Events
import ExactText
import Headers
import JSON
import Timestamps

/// What is left of a record when its customer is erased: a readable event with nobody in it, under the same id, type and
/// time; of what was no event of ours, that it was there.
enum ErasedRecord {
    private static let unreadable = Array(#"{"erased":true}"#.utf8)

    static func of(_ record: StoredRecord, _ email: ExactText, at now: Timestamp) -> StoredRecord {
        var erased = record
        if let event = try? OrderEvent(record) {
            var plain = event
            plain.order = event.order.erased
            erased.value = plain.order.json()
            // A structured event has its attributes in its value: they go into headers.
            if record.header("ce_type") == nil {
                erased.headers = RecordHeaders(
                    plain.cloudEvent.record(topic: record.position.topic).headers
                        + record.headers.filter { $0.name.lowercased() != "content-type" })
            }
        } else {
            erased.value = unreadable
        }
        let address = Array(email.string.utf8)
        erased.headers = RecordHeaders(
            erased.headers.filter { !quotes($0) && $0.value?.names(address) != true } + [
                RecordHeader(StoredRecord.erasedHeader, now.rfc3339)
            ])
        return erased
    }

    /// Whether a header may say something of what stood in the value: why it died, and its fingerprint, by which a guess could
    /// be told to be right. Of others' headers nobody knows: they go, too.
    private static func quotes(_ header: RecordHeader) -> Bool {
        !header.name.hasPrefix("ce_") && !kept.contains(header.name.lowercased())
    }

    private static let kept: Set<String> = [
        "content-type", "traceparent", "dlq.topic", "dlq.partition", "dlq.offset", "dlq.timestamp", "dlq.group",
        "dlq.attempts", "dlq.redrive.group", "dlq.cut", "dlq.original",
    ]

    /// The data of an event in the outbox.
    static func data(of order: OrderEvent.Order) -> [UInt8] { order.erased.json() }
}
