package import EventLog
import Synchronization
import Telemetry

/// Counts the events on our topics that are none of ours, and says so now and then: whoever writes them may write many.
final class SkippedEvents: Sendable {
    private static let pause: Duration = .seconds(60)

    private struct State {
        var said: ContinuousClock.Instant?
        /// Since then.
        var count = 0
    }

    private let group: String
    private let counter: Counter.Series
    private let logger: Logger
    private let state = Mutex(State())

    init(group: String, metrics: Metrics, logger: Logger) {
        self.group = group
        self.logger = logger
        counter = metrics.counter(
            "orderlog_events_skipped", "Events of types that are none of ours, passed over.", labels: ["group"]
        ).series(group)
    }

    func note(_ skipped: [SkippedEvent]) {
        guard let last = skipped.last else { return }
        counter.add(skipped.count)
        let now = ContinuousClock.now
        let count: Int? = state.withLock { state in
            state.count += skipped.count
            if let said = state.said, now - said < Self.pause { return nil }
            defer { state.count = 0 }
            state.said = now
            return state.count
        }
        guard let count else { return }
        logger.notice(
            "events of other types than ours are passed over",
            ["events": "\(count)", "last": last.position.text, "ce_type": last.type])
    }
}

/// An event that is none of ours.
package struct SkippedEvent: Sendable, Hashable {
    package var position: LogPosition
    /// Its beginning, where it is long.
    package var type: String
}
