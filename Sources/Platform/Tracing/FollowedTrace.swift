package import SharedWork
package import Telemetry

/// Follows a request whose trace is recorded through the transactions that it shares with others: how long it waited for one, and
/// what that took.
package final class FollowedTrace: RequestFollower {
    private let tracer: Tracer
    private let context: TraceContext

    package init(_ context: TraceContext, _ tracer: Tracer) {
        self.context = context
        self.tracer = tracer
    }

    package func ended(_ work: SharedWork) {
        // In the place of those that are not followed, for they count as well.
        var contexts = work.parts.map { ($0.follower as? FollowedTrace)?.context }
        for case (let part, let context?) in zip(work.parts, contexts) {
            tracer.waited(for: "transaction", below: context, since: part.asked, until: work.began)
        }
        contexts += Array(repeating: nil, count: max(0, work.count - work.parts.count))
        let spans = tracer.beginShared("transaction", .work, since: work.began) { contexts }
        spans?.end(at: work.ended) { place in
            work.parts.indices.contains(place) && work.parts[place].hasFailed ? "it failed" : nil
        }
    }
}
