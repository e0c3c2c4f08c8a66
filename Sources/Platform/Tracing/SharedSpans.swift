internal import SharedWork
package import Telemetry

/// The spans of one piece of work that is done for several traces at once. Each trace has one of its own, so that none is mixed up with
/// another. Where several things are done together the batch has one, too, in a trace of its own: it and the others have links to
/// each other.
package struct SharedSpans: Sendable {
    private struct Own: Sendable {
        var place: Int
        var span: OpenSpan
    }

    private var own: [Own] = []
    private var batch: OpenSpan?
    private let batchContext: TraceContext?

    /// The span by which the work as a whole goes on elsewhere: the batch's, or that of the one trace that it is done for.
    package var context: TraceContext? { batchContext ?? own.first?.span.context }

    /// That of the trace at this place; nil where it is not recorded.
    package subscript(place: Int) -> TraceContext? { own.first { $0.place == place }?.span.context }

    package mutating func set(_ name: String, _ value: String) {
        for index in own.indices { own[index].span.set(name, value) }
        batch?.set(name, value)
    }

    package mutating func set(_ name: String, _ value: Int) {
        for index in own.indices { own[index].span.set(name, value) }
        batch?.set(name, value)
    }

    /// For the traces' own: `describe` hears the place of each.
    package mutating func setEach(_ describe: (_ place: Int, _ span: inout OpenSpan) -> Void) {
        for index in own.indices { describe(own[index].place, &own[index].span) }
    }

    /// Nothing is told of these places: it is done again for them, and will be told then.
    package mutating func drop(_ isDropped: (_ place: Int) -> Bool) {
        own.removeAll { isDropped($0.place) }
        if own.isEmpty { batch = nil }
    }

    /// `failure`: why it failed at this place.
    package consuming func end(failure: (_ place: Int) -> String?) {
        end(at: SharedWork.now(), failure: failure)
    }

    /// `failure`: why all of it failed; nil: it did not.
    package consuming func end(failure: String? = nil) {
        end(at: SharedWork.now()) { _ in failure }
    }

    consuming func end(at time: UInt64, failure: (_ place: Int) -> String?) {
        var first: String?
        for one in own {
            batch?.link(one.span.context)
            let failure = failure(one.place)
            first = first ?? failure
            one.span.end(at: time, failure: failure)
        }
        batch?.end(at: time, failure: first)
    }

    /// `contexts`: those that are recorded, with their places; `count`: of all places.
    fileprivate init(
        _ tracer: Tracer, _ name: String, _ kind: Span.Kind, below contexts: [(place: Int, context: TraceContext)],
        of count: Int, in known: TraceContext?, since: UInt64
    ) {
        batch = known == nil && count > 1 ? tracer.beginBatch(name, kind, since: since) : nil
        batchContext = known ?? batch?.context
        own.reserveCapacity(contexts.count)
        for (place, context) in contexts {
            guard var span = tracer.begin(name, kind, below: context, since: since) else { continue }
            if let batchContext { span.link(batchContext) }
            own.append(Own(place: place, span: span))
        }
        batch?.set("orderlog.batch.size", count)
    }
}

extension Tracer {
    /// Begins what is done for all of these at once; nil where none of their traces is recorded.
    ///
    /// - Parameters:
    ///   - contexts: asked only where somebody wants to know; a nil is not recorded
    ///   - batch: the batch's span, where that has begun already
    ///   - since: in nanoseconds since 1970; nil: now
    package func beginShared(
        _ name: String, _ kind: Span.Kind, in batch: TraceContext? = nil, since: UInt64? = nil,
        for contexts: () -> [TraceContext?]
    ) -> SharedSpans? {
        guard isOn else { return nil }
        let all = contexts()
        let recorded = all.indices.compactMap { place in
            all[place].flatMap { $0.isSampled ? (place: place, context: $0) : nil }
        }
        guard !recorded.isEmpty else { return nil }
        return SharedSpans(
            self, name, kind, below: recorded, of: all.count, in: batch, since: since ?? SharedWork.now())
    }
}
