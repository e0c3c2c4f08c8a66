package import Events
package import InventoryAPI
package import Timestamps

/// The products that one transaction touches: as they were, and what becomes of them. Does no I/O; a store loads them,
/// lets the shop's rules work, and writes back what changed.
package struct Stock: Sendable {
    private var products: [ProductID: ProductDocument]
    private let before: [ProductID: ProductDocument]
    private let now: Timestamp

    package init(_ products: [ProductDocument], now: Timestamp) {
        before = Dictionary(uniqueKeysWithValues: products.map { ($0.productID, $0) })
        self.products = before
        self.now = now
    }

    package func product(_ id: ProductID) -> ProductDocument? { products[id] }

    /// The products that are not as they were, sorted by id: rows that can collide are written in one order.
    package var changed: [ProductDocument] {
        products.values.filter { $0 != before[$0.productID] }.sorted { $0.productID < $1.productID }
    }

    /// The products whose status is not what it was, with that status.
    package var statusChanges: [(product: ProductDocument, from: StockStatus)] {
        changed.compactMap { product in
            guard let old = before[product.productID], old.status != product.status else { return nil }
            return (product, old.status)
        }
    }

    /// All items or none.
    package mutating func reserve(_ items: [ReserveCall.Item]) -> ReservationOutcome {
        let unknown = items.filter { products[$0.productID] == nil }
        guard unknown.isEmpty else { return .unknownProducts(unknown.map(\.productID)) }
        let shortages = items.compactMap { item -> Shortage? in
            guard let product = products[item.productID], product.available < item.quantity else { return nil }
            return Shortage(productID: item.productID, requested: item.quantity, available: product.available)
        }
        guard shortages.isEmpty else { return .shortages(shortages) }
        return .reserved(
            items.compactMap { item in
                move(item.productID, available: -item.quantity, reserved: item.quantity).map { product in
                    OrderDocument.Item(
                        productID: item.productID, name: product.name, quantity: item.quantity,
                        unitPrice: product.price)
                }
            })
    }

    /// What was reserved can be ordered again.
    package mutating func release(_ items: [OrderDocument.Item]) {
        for item in items { _ = move(item.productID, available: item.quantity, reserved: -item.quantity) }
    }

    /// What was reserved has left the house.
    package mutating func ship(_ items: [OrderDocument.Item]) {
        for item in items { _ = move(item.productID, available: 0, reserved: -item.quantity) }
    }

    /// New units came in. Throws `.tooMuch` where a product would have more than 10¹² units.
    package mutating func replenish(_ productID: ProductID, by quantity: Int64) throws(StockError) -> ProductDocument {
        guard let product = products[productID] else { throw .unknownProduct }
        let (sum, overflow) = (product.available + product.reserved).addingReportingOverflow(quantity)
        guard !overflow, ProductDocument.stock.contains(sum) else { throw .tooMuch }
        guard let after = move(productID, available: quantity, reserved: 0) else { throw .unknownProduct }
        return after
    }

    /// Units leave by hand, without an order.
    package mutating func take(_ productID: ProductID, quantity: Int64) throws(StockError) -> ProductDocument {
        guard let product = products[productID] else { throw .unknownProduct }
        guard product.available >= quantity else {
            throw .shortage(Shortage(productID: productID, requested: quantity, available: product.available))
        }
        guard let after = move(productID, available: -quantity, reserved: 0) else { throw .unknownProduct }
        return after
    }

    private mutating func move(_ productID: ProductID, available: Int64, reserved: Int64) -> ProductDocument? {
        guard var product = products[productID] else { return nil }
        product.available += available
        product.reserved += reserved
        product.updatedAt = now
        products[productID] = product
        return product
    }
}

package enum StockError: Error, Sendable, Hashable {
    case unknownProduct
    case shortage(Shortage)
    /// More units than a product may have.
    case tooMuch
}
