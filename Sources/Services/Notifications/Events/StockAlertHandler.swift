package import EventLog
package import Events
package import Inbox
import Timestamps

/// Tells the shop which products become low or run out.
///
/// It has no inbox: a notification's id is made from its event. What can't be read is passed over, for audit names it and nobody but the shop
/// misses it, so that the group needs no dead letters.
package struct StockAlertHandler: EventHandler {
    private let alerts: StockAlerts
    private let store: any NotificationStore
    /// Something was queued.
    private let committed: @Sendable () -> Void

    package init(alerts: StockAlerts, store: any NotificationStore, committed: @escaping @Sendable () -> Void) {
        self.alerts = alerts
        self.store = store
        self.committed = committed
    }

    package func read(_ record: StoredRecord, _ knowledge: InboxKnowledge) throws(UnreadableEvent) -> InventoryEvent? {
        // What happened before anybody wanted to be told is no news.
        guard !knowledge.isOld, let event = try? InventoryEvent(record), StockAlerts.isWorth(telling: event) else {
            return nil
        }
        return event
    }

    package func handle(_ events: [InventoryEvent], _ bookmarks: Bookmarks?) async throws -> HandledEvents {
        let now = Timestamp.now()
        try await store.queue(events.flatMap { alerts.notifications(of: $0, at: now) }, bookmarks)
        committed()
        return HandledEvents()
    }

    /// Whatever fails is tried again: no event is at fault.
    package func isDatabaseAway(_ error: any Error) -> Bool { true }
}
