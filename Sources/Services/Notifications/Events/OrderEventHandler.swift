package import EventLog
import Events
package import Inbox
import ServiceHost

/// What the notification service does with the orders' events.
package struct OrderEventHandler: EventHandler {
    private let store: any NotificationStore
    /// There may be something to deliver.
    private let committed: @Sendable () -> Void

    package init(store: any NotificationStore, committed: @escaping @Sendable () -> Void) {
        self.store = store
        self.committed = committed
    }

    package func read(_ record: StoredRecord, isOld: Bool) throws(UnreadableEvent) -> ReceivedEvent? {
        ReceivedEvent(try OrderEvent(record), isOld: isOld)
    }

    package func handle(_ events: [ReceivedEvent], _ bookmarks: Bookmarks?) async throws {
        try await store.receive(events, bookmarks)
        committed()
    }

    package func isDatabaseAway(_ error: any Error) -> Bool {
        ServiceHost.isDatabaseAway(error)
    }
}
