import Causes
import Events
import Identifiers
import Outbox
import Shop
import Timestamps

/// What happened to products in one transaction, on its way to the log.
enum StockChanges {
    typealias Change = (change: InventoryEvent.Change, product: Product, cause: Cause)

    /// What is told of changed statuses. Whether an archived product can be had nobody asks: what becomes of it then, `ProductChanged`
    /// says when it is brought back.
    static func told(_ changes: [(product: Product, from: StockStatus, cause: Cause)]) -> [Change] {
        changes.filter { !$0.product.isArchived }.map { (.stockStatusChanged(from: $0.from), $0.product, $0.cause) }
    }

    static func events(_ changes: [Change], now: Timestamp) -> [OutboxEvent] {
        changes.map { change, product, cause in
            OutboxEvent(
                topic: Topics.inventory,
                event: InventoryEvent(
                    id: .time(), change: change, time: now, cause: cause,
                    product: InventoryEvent.Product(product)
                ).cloudEvent)
        }
    }
}

extension InventoryEvent.Product {
    init(_ product: Product) {
        self.init(
            productID: product.productID, name: product.name, price: product.price, available: product.available,
            reserved: product.reserved, lowStockThreshold: product.lowStockThreshold, isArchived: product.isArchived,
            metadata: product.metadata, updatedAt: product.updatedAt)
    }
}
