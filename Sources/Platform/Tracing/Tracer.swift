internal import SharedWork
package import Telemetry

/// Records what one service does for requests whose trace is recorded. The others cost a look at one flag.
package struct Tracer: Sendable {
    private let service: String
    private let sampler: Sampler
    /// nil: nobody wants to know, and nothing is recorded.
    private let queue: SpanQueue?
    /// What the log is, OpenTelemetry's `messaging.system`.
    package let log: String

    /// Of a program that was told no receiver.
    package static let off = Tracer(service: "", sampler: .parent(orElse: .never), queue: nil)

    /// `service`: what the receiver calls it, OpenTelemetry's `service.name`.
    package init(service: String, sampler: Sampler, queue: SpanQueue?, log: String = "kafka") {
        self.service = service
        self.sampler = sampler
        self.queue = queue
        self.log = log
    }

    package var isOn: Bool { queue != nil }

    /// How many spans were lost, where any are made.
    package func add(to metrics: Metrics) {
        guard let queue else { return }
        metrics.counter("orderlog_trace_spans_dropped", "Spans that no receiver of traces took.") {
            Double(queue.dropped)
        }
    }

    /// The trace of a request: its caller's, or a new one; with a span of its own, and with the flag of whether it is recorded.
    package func context(continuing caller: TraceContext?) -> TraceContext {
        var context = caller?.child() ?? .new()
        if queue != nil { context.isSampled = sampler.takes(context, caller: caller) }
        return context
    }

    /// Begins a span below `parent`; nil where that is not recorded. `since`: in nanoseconds since 1970; nil: now.
    package func begin(
        _ name: String, _ kind: Span.Kind, below parent: TraceContext, since: UInt64? = nil
    ) -> OpenSpan? {
        guard let queue, parent.isSampled else { return nil }
        return OpenSpan(
            Span(name, kind, context: parent.child(), parent: parent.spanID, start: since ?? SharedWork.now(), end: 0),
            of: service, to: queue)
    }

    /// Begins the span that `context` itself names: a request's own. `caller`: whose span it continues.
    package func begin(
        _ name: String, _ kind: Span.Kind, as context: TraceContext, below caller: TraceContext?
    ) -> OpenSpan? {
        guard let queue, context.isSampled else { return nil }
        return OpenSpan(
            Span(name, kind, context: context, parent: caller?.spanID, start: SharedWork.now(), end: 0),
            of: service, to: queue)
    }

    /// A trace has waited for what several share, `wait for transaction` for one; times in nanoseconds since 1970.
    package func waited(for work: String, below context: TraceContext, since: UInt64, until: UInt64) {
        begin("wait for \(work)", .work, below: context, since: since)?.end(at: until)
    }

    /// Begins a span that works for several traces at once, in a trace of its own.
    func beginBatch(_ name: String, _ kind: Span.Kind, since: UInt64) -> OpenSpan? {
        guard let queue else { return nil }
        var context = TraceContext.new()
        context.isSampled = true
        return OpenSpan(
            Span(name, kind, context: context, parent: nil, start: since, end: 0), of: service, to: queue)
    }
}
