import EventLog
package import Pacing
package import Telemetry
package import Timestamps

/// What is in an outbox and not known to be on the log.
package struct OutboxStanding: Sendable, Hashable {
    /// Of more than that it is not known how many more.
    package static let most = 1_000_000

    /// Events.
    package var waiting = 0
    /// When the oldest of them happened.
    package var oldest: Timestamp?

    package init(waiting: Int = 0, oldest: Timestamp? = nil) {
        self.waiting = waiting
        self.oldest = oldest
    }
}

extension OutboxRelay {
    /// Has the outbox looked at, and its metrics tell it.
    package func tell(_ metrics: Metrics, by survey: Survey) {
        let standing = survey.follow(from: OutboxStanding()) { [store, status] in
            let standing = try await store.standing()
            status.note(waiting: standing.waiting)
            return standing
        }
        metrics.gauge("orderlog_outbox_waiting", "Events that are stored and not known to be on the log.") {
            Double(standing.now.waiting)
        }
        metrics.gauge("orderlog_outbox_oldest_age", "Age of the oldest of them.", unit: "seconds") {
            standing.age(\.oldest)
        }
        metrics.gauge("orderlog_producer_queue_records", "Records that are on their way to the log.") { [log] in
            Double(log.unsent)
        }
        metrics.gauge("orderlog_lease_held", "Whether this replica publishes its service's events.") { [weak self] in
            self.map { $0.isPublishing ? 1 : 0 }
        }
    }
}
