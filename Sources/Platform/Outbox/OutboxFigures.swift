import EventLog
import Synchronization
import Telemetry
import Timestamps

/// What metrics tell of what is appended to the log.
final class OutboxFigures: Sendable {
    /// Events of one append.
    let sizes: Histogram.Series
    private let published: Counter.Series
    private let refusals: Counter.Series
    private let delays: Histogram.Series?
    /// When the log took something last; before that, when this began.
    private let lastAppend = Mutex(ContinuousClock.now)

    /// `delays`: how long events take from when they happened until they are on the log.
    init(_ metrics: Metrics, delays: Histogram.Series?) {
        self.delays = delays
        sizes = metrics.batchSizes("publish")
        published =
            metrics.counter("orderlog_outbox_published", "Events that this process put on the log.").series()
        refusals =
            metrics.counter("orderlog_outbox_refusals", "Times that the log refused an event of this process.").series()
        metrics.gauge(
            "orderlog_log_append_age",
            "How long ago the log took an event of this process; before the first, its start.",
            unit: "seconds"
        ) { [weak self] in
            self.map { (ContinuousClock.now - $0.lastAppend.withLock { $0 }) / .seconds(1) }
        }
    }

    func published(_ event: CloudEvent, at now: Timestamp) {
        delays?.observe(max(now.seconds(since: event.time), 0))
    }

    func note(published count: Int, refused: Int) {
        if count > 0 { lastAppend.withLock { $0 = .now } }
        published.add(count)
        refusals.add(refused)
    }
}
