import Databases
package import EventLog
import Events
package import Inbox

/// Queues what the customer of an order is told.
package struct OrderNotificationHandler: EventHandler {
    /// As `NotificationStore.receive`.
    package typealias Receive = @Sendable ([ReceivedEvent], Bookmarks?) async throws -> HandledEvents
    private let receive: Receive

    package init(receive: @escaping Receive) {
        self.receive = receive
    }

    package func read(_ record: StoredRecord, _ knowledge: InboxKnowledge) throws(UnreadableEvent) -> ReceivedEvent? {
        ReceivedEvent(try OrderEvent(record), knowledge)
    }

    package func handle(_ events: [ReceivedEvent], _ bookmarks: Bookmarks?) async throws -> HandledEvents {
        try await receive(events, bookmarks)
    }

    package func isDatabaseAway(_ error: any Error) -> Bool {
        Databases.isDatabaseAway(error)
    }
}
