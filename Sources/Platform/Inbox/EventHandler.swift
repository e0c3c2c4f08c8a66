package import EventLog
package import Timestamps

/// What a service does with the events of a topic; the inbox brings the consuming, the tries and the dead letters.
package protocol EventHandler: Sendable {
    associatedtype Event: Sendable

    /// Reads a record. nil: an event that this service has no business with. Throws for what nobody will ever read.
    func read(_ record: StoredRecord, _ knowledge: InboxKnowledge) throws(UnreadableEvent) -> Event?

    /// Does the work of all these events and notes them in the inbox, and the bookmarks with them, in one transaction: all
    /// or nothing. An event that the inbox has already is passed over. Nothing is done for those that contradict what the service
    /// knows: they are not noted, and go to the dead-letter topic at once.
    func handle(_ events: [Event], _ bookmarks: Bookmarks?) async throws -> HandledEvents

    /// Whether an error of `handle` says that the database is away, and nothing about the event.
    func isDatabaseAway(_ error: any Error) -> Bool
}

/// What a service's database can know of the events before one that it reads.
package struct InboxKnowledge: Sendable, Hashable {
    /// Where the inbox does not know the event, it can't know either whether it was handled before; so what is done again by
    /// it must reach nobody.
    package var isOld: Bool
    /// It has read all that the log got since then: of what began later, what it does not know did not happen. nil: it may
    /// lack something. See `CompleteTopics`.
    package var completeSince: Timestamp?

    package init(isOld: Bool = false, completeSince: Timestamp? = nil) {
        self.isOld = isOld
        self.completeSince = completeSince
    }

    /// Whether it knows all about what began at `time`.
    package func knowsAll(since time: Timestamp) -> Bool {
        completeSince.map { $0 < time } ?? false
    }

    /// Of events that are read out of their turn, as by a replay.
    package static let none = InboxKnowledge()
}

/// What became of events that were handled.
package struct HandledEvents: Sendable, Hashable {
    /// Those that contradict what the service knows.
    package var refused: [RefusedEvent]
    /// How many were passed over, for they had come before.
    package var repeats: Int

    package init(refused: [RefusedEvent] = [], repeats: Int = 0) {
        self.refused = refused
        self.repeats = repeats
    }
}

/// An event that can't have happened, as far as its service knows, such as a second confirmation of an order.
package struct RefusedEvent: Error, Sendable, Hashable {
    /// Its place in the batch.
    package var index: Int
    /// For people.
    package var reason: String

    package init(index: Int, reason: String) {
        self.index = index
        self.reason = reason
    }
}
