package import ExactText
import Headers
package import Identifiers
package import Timestamps

/// An event on its way to the log: CloudEvents 1.0, Kafka protocol binding, binary content mode.
///
/// The attributes travel as headers (`ce_id`, `ce_type`, …), the data as the record's value.
package struct CloudEvent: Sendable, Hashable {
    /// `ce_id`: what readers drop repeats by.
    package var id: Identifier
    /// `ce_type`, for example `orderlog.OrderConfirmed.v1`.
    package var type: String
    /// `ce_source`, a URI reference: who made it.
    package var source: String
    /// `ce_time`, and the record's timestamp, as long as the log takes that.
    package var time: Timestamp
    /// `ce_subject` and the record's key: the order or the product that it is about.
    package var subject: ExactText
    /// W3C trace context of the request that caused it.
    package var traceparent: String?
    /// JSON.
    package var data: [UInt8]

    package init(
        id: Identifier, type: String, source: String, time: Timestamp, subject: ExactText, traceparent: String?,
        data: [UInt8]
    ) {
        self.id = id
        self.type = type
        self.source = source
        self.time = time
        self.subject = subject
        self.traceparent = traceparent
        self.data = data
    }

    /// The record that carries it. The order of the headers is fixed, so that golden files can pin the bytes.
    package func record(topic: String) -> LogRecord {
        var headers: RecordHeaders = [
            RecordHeader("ce_specversion", "1.0"),
            RecordHeader("ce_id", id.description),
            RecordHeader("ce_type", type),
            RecordHeader("ce_source", source),
            RecordHeader("ce_time", time.rfc3339),
            RecordHeader("ce_subject", subject.string),
            RecordHeader("content-type", "application/json"),
        ]
        if let traceparent { headers.append(RecordHeader("traceparent", traceparent)) }
        return LogRecord(
            topic: topic, key: Array(subject.string.utf8), headers: headers, value: data, timestamp: time.milliseconds)
    }
}

extension CloudEvent {
    /// Reads a record that a producer of CloudEvents wrote in binary mode. Attributes it does not know are ignored.
    package init(_ record: StoredRecord) throws(UnreadableEvent) {
        func required(_ name: String) throws(UnreadableEvent) -> String {
            guard let value = record.header(name) else { throw UnreadableEvent("the header \(name) is missing") }
            return value
        }
        guard try required("ce_specversion") == "1.0" else { throw UnreadableEvent("ce_specversion is not 1.0") }
        guard let id = Identifier(try required("ce_id")) else { throw UnreadableEvent("ce_id is no UUID") }
        guard let time = Timestamp(rfc3339: try required("ce_time")) else {
            throw UnreadableEvent("ce_time is no RFC 3339 time")
        }
        guard let data = record.value else { throw UnreadableEvent("the record has no value") }
        self.init(
            id: id, type: try required("ce_type"), source: try required("ce_source"), time: time,
            subject: ExactText(record.header("ce_subject") ?? ""), traceparent: record.header("traceparent"), data: data
        )
    }
}

extension StoredRecord {
    /// When it happened: `ce_time`. The record's own timestamp stands in only where there is none: a log that refused it may
    /// have got another one.
    package var time: Timestamp {
        header("ce_time").flatMap { Timestamp(rfc3339: $0) } ?? Timestamp(milliseconds: timestamp)
    }
}

/// A record that can't be read as an event, and never will be: it goes to the dead-letter topic.
package struct UnreadableEvent: Error, Sendable, Equatable {
    package var reason: String

    package init(_ reason: String) {
        self.reason = reason
    }
}
