package import EventLog
package import Events
import Inbox
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

    package func read(_ record: StoredRecord) throws(UnreadableEvent) -> OrderEvent? {
        try OrderEvent(record)
    }

    package func handle(_ events: [OrderEvent]) async throws {
        try await store.receive(events)
        committed()
    }

    package func isDatabaseAway(_ error: any Error) -> Bool {
        ServiceHost.isDatabaseAway(error)
    }
}
