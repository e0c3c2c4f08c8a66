import EventLog
import Synchronization
import Telemetry
import Timestamps

/// What metrics tell of what a group reads.
final class ConsumerFigures: Sendable {
    private let handled: Counter.Series
    private let repeats: Counter.Series
    private let sizes: Histogram.Series
    private let future = Mutex(FutureRecords())

    init(_ metrics: Metrics, group: String) {
        handled = metrics.counter("orderlog_events_handled", "Events whose work is committed.", labels: ["group"])
            .series(group)
        repeats = metrics.counter(
            "orderlog_inbox_repeats", "Events that had been handled before, and were passed over.", labels: ["group"]
        ).series(group)
        sizes = metrics.batchSizes("consume")
    }

    /// A batch is read.
    func note(_ records: [StoredRecord], at now: Timestamp) {
        sizes.observe(Double(records.count))
        let newest = records.lazy.map(\.timestamp).max() ?? 0
        future.withLock { $0.note(milliseconds: newest - now.milliseconds, at: .now) }
    }

    /// `repeats`: those of the events that had been handled before.
    func note(handled count: Int, repeats: Int) {
        handled.add(count)
        self.repeats.add(repeats)
    }

    /// Seconds. Below 0: records came from the future, so this machine's clock lags behind that of who wrote them.
    var clockOffset: Double { -Double(future.withLock { $0.milliseconds(at: .now) }) / 1_000 }
}
