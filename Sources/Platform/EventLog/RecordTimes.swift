import Kafka
import Synchronization
import Timestamps

/// Which timestamps the broker takes, as far as is known. It measures them by a clock of its own, and nobody can ask it for
/// the time.
///
/// A record that it refuses for its time is sent again as of this moment, and then, for the clock here may be the wrong one,
/// as of an hour ago, two, four, and so on for years. What was taken is remembered for a minute, so that the next records
/// pass at once. `ce_time` never changes.
final class RecordTimes: Sendable {
    struct Candidate {
        /// Milliseconds since 1970.
        var timestamp: Int64
        /// From this host's clock, in milliseconds; 0 or less.
        var distance: Int64
    }

    private struct Bound {
        var distance: Int64
        var until: ContinuousClock.Instant
    }
    private struct Bounds {
        var latest: Bound?
        var earliest: Bound?
    }
    private static let remembered: Duration = .seconds(60)

    private let bounds = Mutex(Bounds())

    /// The record with a timestamp that is within what is known.
    func fitted(_ record: KafkaRecord) -> KafkaRecord {
        let instant = ContinuousClock.now
        let (latest, earliest) = bounds.withLock { bounds in
            (
                bounds.latest.flatMap { $0.until > instant ? $0.distance : nil },
                bounds.earliest.flatMap { $0.until > instant ? $0.distance : nil }
            )
        }
        guard latest != nil || earliest != nil else { return record }
        let now = Timestamp.now().milliseconds
        var timestamp = record.timestamp ?? now
        if let earliest { timestamp = max(timestamp, now + earliest) }
        if let latest { timestamp = min(timestamp, now + latest) }
        var fitted = record
        fitted.timestamp = timestamp
        return fitted
    }

    /// What to try, in this order.
    func candidates() -> [Candidate] {
        let now = Timestamp.now().milliseconds
        let hour: Int64 = 3_600_000
        return ([0] + (0..<18).map { -hour << $0 }).map { Candidate(timestamp: max(now + $0, 1), distance: $0) }
    }

    /// The broker took what it had refused as of `refused` (nil: of the moment).
    func learn(from refused: Int64?, taken: Candidate) {
        let bound = Bound(distance: taken.distance, until: .now + Self.remembered)
        bounds.withLock { bounds in
            if refused.map({ $0 < taken.timestamp }) ?? false {
                bounds.earliest = bound
            } else {
                bounds.latest = bound
            }
        }
    }
}
