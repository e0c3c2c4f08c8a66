internal import ConnectionThreads
package import Databases
internal import Deadlines
internal import Telemetry
internal import Timestamps

extension OpenDatabase {
    /// Whether this service can commit to its database: by its last real write, and while that failed by probes.
    package var check: HealthCheck {
        HealthCheck(
            "database", isNeeded: true, keptFor: .zero,
            look: {
                // Looking waits its turn behind others: not for long.
                await RequestDeadline.$current.withValue(.now + Self.lookWithin) { await look() }
                return trouble().map { Complaint($0.reason, since: Timestamp.now() - (ContinuousClock.now - $0.since)) }
            })
    }

    private static let lookWithin: Duration = .seconds(2)
}

extension Timestamp {
    fileprivate static func - (moment: Timestamp, duration: Duration) -> Timestamp {
        moment.advanced(bySeconds: -(duration / .seconds(1)))
    }
}
