import Databases
package import EventLog
package import Events
package import Inbox

/// Moves the stock of orders: what was cancelled or rejected comes back, what was shipped leaves.
package struct OrderStockHandler: EventHandler {
    private let store: any InventoryStore
    /// Stock changed, so there may be events in the outbox.
    private let committed: @Sendable () -> Void

    package init(store: any InventoryStore, committed: @escaping @Sendable () -> Void) {
        self.store = store
        self.committed = committed
    }

    /// Stock is moved by old events, too: a database that does not know them has not moved it.
    package func read(_ record: StoredRecord, _ knowledge: InboxKnowledge) throws(UnreadableEvent) -> OrderEvent? {
        // Most events are confirmations: what moves no stock is passed over by its type, and not parsed. Whether the rest of
        // it can be read is the business of who needs it.
        if let type = record.plainEventType, let kind = OrderEvent.Kind(rawValue: type), !Self.movesStock(kind) {
            return nil
        }
        let event = try OrderEvent(record)
        return Self.movesStock(event.kind) ? event : nil
    }

    private static func movesStock(_ kind: OrderEvent.Kind) -> Bool {
        switch kind {
        case .cancelled, .rejected, .shipped: true
        case .confirmed, .delivered: false
        }
    }

    package func handle(_ events: [OrderEvent], _ bookmarks: Bookmarks?) async throws -> HandledEvents {
        let handled = try await store.apply(events, bookmarks)
        committed()
        return handled
    }

    package func isDatabaseAway(_ error: any Error) -> Bool {
        Databases.isDatabaseAway(error)
    }
}
