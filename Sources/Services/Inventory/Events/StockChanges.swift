import Events
import Identifiers
import Outbox
import Timestamps

/// What happened to products in one transaction, on its way to the log.
enum StockChanges {
    static func events(
        _ changes: [(InventoryEvent.Change, ProductDocument)], now: Timestamp, _ traceparent: String?
    ) -> [OutboxEvent] {
        changes.map { change, product in
            OutboxEvent(
                topic: Topics.inventory,
                event: InventoryEvent(
                    id: .time(), change: change, time: now, traceparent: traceparent, product: product
                ).cloudEvent)
        }
    }
}
