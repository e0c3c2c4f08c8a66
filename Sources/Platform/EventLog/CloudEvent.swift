package import Causes
package import ExactText
import Headers
package import Identifiers
package import Timestamps

/// An event of ours on its way to the log, or one that was read from it: CloudEvents 1.0, Kafka protocol binding.
///
/// We write the binary content mode: the attributes travel as headers (`ce_id`, `ce_type`, …), the data as the record's
/// value. Both modes are read, see `CloudEvent.init(_ record:)`.
package struct CloudEvent: Sendable, Hashable {
    /// What the names of our types begin with.
    package static let ownTypes = "orderlog."
    /// What the sources of our services begin with.
    package static let ownSources = "/orderlog/"

    /// What readers drop repeats by: `ce_id` where that is a UUID of ours, else made from it and `ce_source`, see
    /// `Identifier.ofEvent(source:id:)`.
    package var id: Identifier
    /// `ce_type`, for example `orderlog.OrderConfirmed.v1`.
    package var type: String
    /// `ce_source`, a URI reference: who made it.
    package var source: String
    /// `ce_time`, and the record's timestamp, as long as the log takes that. Of an event that was read and has no `ce_time`
    /// it is the record's timestamp.
    package var time: Timestamp
    /// `ce_subject` and the record's key: the order or the product that it is about. Empty where an event that was read has
    /// none.
    package var subject: ExactText
    /// The request behind it: its trace as the headers `traceparent` and `tracestate`, who asked as `ce_authtype` and `ce_authid`.
    package var cause: Cause
    /// JSON.
    package var data: [UInt8]

    package init(
        id: Identifier, type: String, source: String, time: Timestamp, subject: ExactText, cause: Cause,
        data: [UInt8]
    ) {
        self.id = id
        self.type = type
        self.source = source
        self.time = time
        self.subject = subject
        self.cause = cause
        self.data = data
    }

    /// `ce_authtype` of what was asked for with a key. The two attributes are CloudEvents' documented extension Auth Context, in
    /// which `authid` beside it is the key's label.
    package static let keyAuthType = "api_key"

    /// `ce_dataschema`: the `$id` of the JSON Schema in `kafka/schemas` that the data keeps to.
    package static func dataSchema(ofType type: String) -> String {
        let own = type.hasPrefix(ownTypes) ? type.utf8.dropFirst(ownTypes.utf8.count) : type.utf8[...]
        return "urn:orderlog:schema:" + String(decoding: own, as: UTF8.self)
    }

    /// The record that carries it. The order of the headers is fixed, so that golden files can pin the bytes.
    package func record(topic: String) -> LogRecord {
        var headers = RecordHeaders()
        headers.reserve(bytes: 512)
        headers.append("ce_specversion", "1.0")
        headers.append("ce_id", id.description)
        headers.append("ce_type", type)
        headers.append("ce_source", source)
        headers.append("ce_time", time.rfc3339)
        headers.append("ce_subject", subject.string)
        headers.append("ce_dataschema", Self.dataSchema(ofType: type))
        headers.append("content-type", "application/json")
        if let caller = cause.caller {
            headers.append("ce_authtype", Self.keyAuthType)
            headers.append("ce_authid", caller.text)
        }
        if let traceparent = cause.traceparent { headers.append("traceparent", traceparent) }
        if let tracestate = cause.tracestate { headers.append("tracestate", tracestate) }
        return LogRecord(
            topic: topic, key: Array(subject.string.utf8), headers: headers, value: data, timestamp: time.milliseconds)
    }
}
