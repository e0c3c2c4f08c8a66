import Causes
import ExactText
import Identifiers
import JSON
import Telemetry
package import Timestamps

extension CloudEvent {
    /// Reads a record that a producer of CloudEvents wrote, in binary or structured mode. Attributes it does not know are
    /// ignored, whatever is in them.
    package init(_ record: StoredRecord) throws(UnreadableEvent) {
        let attributes = EventAttributes(record)
        if let type = attributes[.type], !type.hasPrefix(Self.ownTypes), attributes.hasOneType, !type.isEmpty {
            throw UnreadableEvent(foreignType: type)
        }
        if let complaint = attributes.complaint { throw UnreadableEvent(complaint) }
        let type = try attributes.required(.type)
        let specVersion = try attributes.required(.specVersion)
        guard specVersion == "1.0" else { throw UnreadableEvent("\(attributes.name(of: .specVersion)) is not 1.0") }
        let (id, source) = (try attributes.required(.id), try attributes.required(.source))
        var time = Timestamp(milliseconds: record.timestamp)
        if let text = attributes[.time] {
            guard let written = Timestamp(rfc3339: text) else {
                throw UnreadableEvent("\(attributes.name(of: .time)) is no RFC 3339 time")
            }
            time = written
        }
        try attributes.checkIsJSON()
        guard let data = attributes.data else {
            throw UnreadableEvent(attributes.isStructured ? "the event has no data" : "the record has no value")
        }
        self.init(
            id: .ofEvent(source: source, id: id), type: type, source: source, time: time,
            subject: ExactText(attributes[.subject] ?? ""),
            cause: attributes.cause, data: data)
    }
}

extension EventAttributes {
    /// It goes on into our own events and rows: what is no trace context, and no name of a key, is dropped. Of another
    /// `authtype` the `authid` may be a person's address.
    fileprivate var cause: Cause {
        let trace = self[.traceParent].flatMap { TraceContext(traceparent: $0, tracestate: self[.traceState]) }
        return Cause(
            traceparent: trace?.traceparent, tracestate: trace?.state,
            caller: self[.authType] == CloudEvent.keyAuthType ? self[.authID].flatMap { CallerName($0) } : nil)
    }

    /// As people find it in the record: `ce_id`, or `id` in structured mode.
    fileprivate func name(of name: Name) -> String { isStructured ? name.text : name.header }

    /// An attribute that each event has: any text that is not empty, without control characters (CloudEvents 1.0,
    /// section 3, type String).
    fileprivate func required(_ name: Name) throws(UnreadableEvent) -> String {
        guard let value = self[name] else {
            throw UnreadableEvent(
                isStructured ? "\(name.text) is missing" : "the header \(name.header) is missing")
        }
        guard !value.isEmpty else { throw UnreadableEvent("\(self.name(of: name)) is empty") }
        // Nearly all is ASCII that can be seen.
        let isPlain = value.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
        guard isPlain || !value.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            throw UnreadableEvent("\(self.name(of: name)) has control characters")
        }
        return value
    }

    /// The data is JSON where nothing else is said. (CloudEvents' Python SDK writes `ce_datacontenttype`, against the Kafka
    /// binding, which has `content-type` for it.)
    fileprivate func checkIsJSON() throws(UnreadableEvent) {
        if let contentType, !contentType.isJSON {
            throw UnreadableEvent("content-type is \(contentType.text), and only JSON in UTF-8 is read")
        }
        if let type = self[.dataContentType].map({ MediaType($0) }), !type.isJSON || type.isCloudEvent {
            throw UnreadableEvent("\(name(of: .dataContentType)) is \(type.text), and only JSON in UTF-8 is read")
        }
    }
}

extension StoredRecord {
    /// When it happened: as the event says. The record's own timestamp stands in only where there is none: a log that refused it may
    /// have got another one.
    package var time: Timestamp { writtenTime ?? Timestamp(milliseconds: timestamp) }

    /// `ce_time`, or `time` in structured mode; nil where neither is, or is no time.
    package var writtenTime: Timestamp? {
        if let text = header("ce_time") { return Timestamp(rfc3339: text) }
        guard header("ce_specversion") == nil, header("ce_type") == nil else { return nil }
        let attributes = EventAttributes(self)
        return attributes.isStructured ? attributes[.time].flatMap { Timestamp(rfc3339: $0) } : nil
    }
}

/// A record that can't be read as an event, and never will be: it goes to the dead-letter topic, unless it is a foreign
/// event.
package struct UnreadableEvent: Error, Sendable, Equatable {
    package var reason: String
    /// The beginning of the `ce_type` of an event that is none of ours: others may write to our topics, too, and it is passed
    /// over.
    package var foreignType: String?

    package init(_ reason: String) {
        self.reason = reason
    }

    package init(foreignType: String) {
        reason = "the ce_type \(foreignType.excerpt()) is none of ours"
        self.foreignType = foreignType.excerpt()
    }
}
