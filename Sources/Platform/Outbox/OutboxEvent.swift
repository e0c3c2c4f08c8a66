package import EventLog

/// An event that waits in a service's database until the log has it.
package struct OutboxEvent: Sendable, Hashable {
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

/// Where the relay finds what is to be published.
package protocol OutboxStore: Sendable {
    /// The oldest rows that are neither published nor refused, nor stand behind a refused row of their key.
    func pending(limit: Int) async throws -> [OutboxRow]

    /// The log has exactly these rows.
    func markPublished(_ positions: [Int64]) async throws

    /// The log refuses this row for its content: it and what comes after it for its key stay here, and audit shows it.
    func markRefused(_ position: Int64, reason: String) async throws

    /// Removes up to `limit` rows published more than `seconds` ago; answers how many.
    func removePublished(olderThan seconds: Int64, limit: Int) async throws -> Int
}
