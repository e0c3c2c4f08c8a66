package import EventLog

/// What a service does with the events of a topic; the inbox brings the consuming, the tries and the dead letters.
package protocol EventHandler: Sendable {
    associatedtype Event: Sendable

    /// Reads a record. nil: an event that this service has no business with. Throws for what nobody will ever read.
    /// `isOld`: where the inbox does not know the event, it can't know either whether it was handled before; so what is done
    /// again by it must reach nobody.
    func read(_ record: StoredRecord, isOld: Bool) throws(UnreadableEvent) -> Event?

    /// Does the work of all these events and notes them in the inbox, and the bookmarks with them, in one transaction: all
    /// or nothing. An event that the inbox has already is passed over.
    func handle(_ events: [Event], _ bookmarks: Bookmarks?) async throws

    /// Whether an error of `handle` says that the database is away, and nothing about the event.
    func isDatabaseAway(_ error: any Error) -> Bool
}
