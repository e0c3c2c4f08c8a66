package import EventLog
package import Timestamps

/// An event that waits in a service's database until the log has it.
package struct OutboxEvent: Sendable, Hashable {
    /// Where it is to go; its key is the event's subject.
    package var topic: String
    package var event: CloudEvent

    package init(topic: String, event: CloudEvent) {
        self.topic = topic
        self.event = event
    }
}

/// An outbox row.
package struct OutboxRow: Sendable, Hashable {
    /// A number that the database gives; rows of one key stand in the order of their transactions.
    package var position: Int64
    package var event: OutboxEvent

    package init(position: Int64, event: OutboxEvent) {
        self.position = position
        self.event = event
    }
}

/// A row that the log has just not taken.
package struct OutboxRefusal: Sendable, Hashable {
    package var position: Int64
    /// For people.
    package var reason: String

    package init(position: Int64, reason: String) {
        self.position = position
        self.reason = reason
    }
}

/// What waits because the log does not take it, while it takes others.
package struct OutboxBacklog: Sendable, Hashable {
    /// Events that it refused when they were last tried, each the first of its key.
    package var refused = 0
    /// Events that are put aside, for the partition that they go to takes nothing.
    package var aside = 0
    /// Later events of the keys of both.
    package var behind = 0
    /// When the first of the refused was refused for the first time.
    package var since: Timestamp?

    package init(refused: Int = 0, aside: Int = 0, behind: Int = 0, since: Timestamp? = nil) {
        self.refused = refused
        self.aside = aside
        self.behind = behind
        self.since = since
    }
}
