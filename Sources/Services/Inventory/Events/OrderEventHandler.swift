package import EventLog
package import Events
import Inbox
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

    package func read(_ record: StoredRecord) throws(UnreadableEvent) -> OrderEvent? {
        let event = try OrderEvent(record)
        switch event.kind {
        case .cancelled, .rejected, .shipped: return event
        case .confirmed, .delivered: return nil
        }
    }

    package func handle(_ events: [OrderEvent]) async throws {
        try await store.apply(events)
        committed()
    }

    package func isDatabaseAway(_ error: any Error) -> Bool {
        ServiceHost.isDatabaseAway(error)
    }
}
