package import EventLog
package import Events
package import Inbox
package import Pacing
package import Telemetry

/// Tells the shop which products become low or run out.
///
/// It has no inbox: what was told is known by product and time. What can't be read is passed over, for audit names it and nobody but the shop
/// misses it, so that the group needs no dead letters.
package struct StockAlertHandler: EventHandler {
    private let alerts: StockAlerts
    private let store: any NotificationStore
    private let clock: any ServiceClock
    private let logger: Logger
    /// Something was queued.
    private let committed: @Sendable () -> Void

    package init(
        alerts: StockAlerts, store: any NotificationStore, clock: any ServiceClock = SystemClock(), logger: Logger,
        committed: @escaping @Sendable () -> Void
    ) {
        self.alerts = alerts
        self.store = store
        self.clock = clock
        self.logger = logger
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
        let now = clock.time
        let fresh = events.compactMap { StockAlert($0, to: alerts, at: now) }
        let told = try await store.queue(fresh, bookmarks)
        if told > 0 { committed() }
        if fresh.count < events.count {
            logger.notice(
                "products became low or ran out too long ago to tell the shop: `orderlog products list` says how they are",
                ["count": "\(events.count - fresh.count)"])
        }
        return HandledEvents(repeats: fresh.count - told)
    }

    /// Whatever fails is tried again: no event is at fault.
    package func isDatabaseAway(_ error: any Error) -> Bool { true }
}
