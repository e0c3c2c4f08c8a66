package import EventLog
package import Events
package import Inbox
import ServiceHost

/// What the inventory service does with the orders' events.
package struct OrderEventHandler: EventHandler {
    private let store: any InventoryStore
    /// Stock changed, so there may be events in the outbox.
    private let committed: @Sendable () -> Void

    package init(store: any InventoryStore, committed: @escaping @Sendable () -> Void) {
        self.store = store
        self.committed = committed
    }

    /// Stock is moved by old events, too: a database that does not know them has not moved it.
    package func read(_ record: StoredRecord, isOld: Bool) throws(UnreadableEvent) -> OrderEvent? {
        let event = try OrderEvent(record)
        switch event.kind {
        case .cancelled, .rejected, .shipped: return event
        case .confirmed, .delivered: return nil
        }
    }

    package func handle(_ events: [OrderEvent], _ bookmarks: Bookmarks?) async throws {
        try await store.apply(events, bookmarks)
        committed()
    }

    package func isDatabaseAway(_ error: any Error) -> Bool {
        ServiceHost.isDatabaseAway(error)
    }
}
