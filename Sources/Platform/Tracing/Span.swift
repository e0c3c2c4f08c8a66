package import Telemetry

/// A piece of work that has ended, as OpenTelemetry has it: what it was, when, and what it belongs to.
package struct Span: Sendable {
    /// Its role between processes.
    package enum Kind: UInt64, Sendable {
        /// Inside a process.
        case work = 1
        /// The answer to another process's call.
        case server
        /// A call of another process.
        case client
        /// What puts a message on its way.
        case producer
        /// What takes a message up.
        case consumer
    }

    package enum Value: Sendable, Hashable {
        case text(String)
        case number(Int)
    }

    /// Which trace, and which span of it this is.
    package var context: TraceContext
    /// 16 hex digits; nil for the first of its trace.
    package var parent: String?
    package var name: String
    package var kind: Kind
    /// Nanoseconds since 1970.
    package var start: UInt64
    package var end: UInt64
    /// By OpenTelemetry's names, where it has one.
    package var attributes: [(name: String, value: Value)] = []
    /// Spans of other traces that this one worked for: a batch's orders.
    package var links: [TraceContext] = []
    /// Why it failed; nil: it did not.
    package var failure: String?

    /// OpenTelemetry's own bound for links of a span.
    static let maximumLinks = 128

    package init(
        _ name: String, _ kind: Kind, context: TraceContext, parent: String?, start: UInt64, end: UInt64
    ) {
        self.name = name
        self.kind = kind
        self.context = context
        self.parent = parent
        self.start = start
        self.end = end
    }
}
