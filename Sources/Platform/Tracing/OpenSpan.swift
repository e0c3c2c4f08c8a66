internal import SharedWork
package import Telemetry

/// A span that has begun. It is sent once it has ended; one that is dropped before is not.
package struct OpenSpan: Sendable {
    private var span: Span
    private let service: String
    private let queue: SpanQueue

    init(_ span: Span, of service: String, to queue: SpanQueue) {
        self.span = span
        self.service = service
        self.queue = queue
    }

    /// For what happens inside it, here or elsewhere.
    package var context: TraceContext { span.context }

    package mutating func set(_ name: String, _ value: String) { span.attributes.append((name, .text(value))) }
    package mutating func set(_ name: String, _ value: Int) { span.attributes.append((name, .number(value))) }

    /// In nanoseconds since 1970.
    package var start: UInt64 { span.start }

    /// It has been tried before: it began then. `time`: in nanoseconds since 1970.
    package mutating func began(at time: UInt64) { span.start = min(span.start, time) }

    mutating func link(_ other: TraceContext) {
        if span.links.count < Span.maximumLinks { span.links.append(other) }
    }

    /// Ends it, as what it began as or under another name. `failure`: why it failed, for people; nothing personal.
    package consuming func end(named name: String? = nil, failure: String? = nil) {
        end(at: SharedWork.now(), named: name, failure: failure)
    }

    /// `time`: in nanoseconds since 1970.
    consuming func end(at time: UInt64, named name: String? = nil, failure: String? = nil) {
        span.end = max(span.start, time)
        span.failure = failure
        if let name { span.name = name }
        queue.add(span, of: service)
    }
}
