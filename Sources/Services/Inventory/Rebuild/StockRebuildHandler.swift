import Databases
package import EventLog
import Events
package import Inbox

/// What the inventory service makes of all that the log knows of stock.
package struct StockRebuildHandler: EventHandler {
    private let rebuild: StockRebuild

    package init(_ rebuild: StockRebuild) {
        self.rebuild = rebuild
    }

    package func read(_ record: StoredRecord, _ knowledge: InboxKnowledge) throws(UnreadableEvent) -> StockEvent? {
        switch record.position.topic {
        case Topics.inventory: .product(try InventoryEvent(record))
        case Topics.orders: .order(try OrderEvent(record))
        default: nil
        }
    }

    package func handle(_ events: [StockEvent], _ bookmarks: Bookmarks?) async throws -> HandledEvents {
        try await rebuild.add(events)
    }

    package func isDatabaseAway(_ error: any Error) -> Bool {
        Databases.isDatabaseAway(error)
    }
}
