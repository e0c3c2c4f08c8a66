package import Causes
package import InventoryAPI
package import Shop
package import Timestamps

/// The products that one transaction touches: as they were, and what becomes of them. Does no I/O; a store loads them,
/// lets the shop's rules work, and writes back what changed.
package struct Stock: Sendable {
    private var products: [ProductID: Product]
    private let before: [ProductID: Product]
    private let now: Timestamp
    /// What moves it from here on.
    package var cause = Cause.unknown
    /// Of the products whose status changed, what changed it last.
    private var causes: [ProductID: Cause] = [:]

    package init(_ products: [Product], now: Timestamp) {
        before = Dictionary(uniqueKeysWithValues: products.map { ($0.productID, $0) })
        self.products = before
        self.now = now
    }

    /// As it is by now; nil for one that was not loaded or is not there.
    package func product(_ id: ProductID) -> Product? { products[id] }

    /// The products that are not as they were, sorted by id: rows that can collide are written in one order.
    package var changed: [Product] {
        products.values.filter { $0 != before[$0.productID] }.sorted { $0.productID < $1.productID }
    }

    /// The products whose status is not what it was, with that status, and what brought it to today's. (Of an archived one nobody
    /// is told.)
    package var statusChanges: [(product: Product, from: StockStatus, cause: Cause)] {
        changed.compactMap { product in
            guard let old = before[product.productID], old.status != product.status else { return nil }
            return (product, old.status, causes[product.productID] ?? .unknown)
        }
    }

    /// All items or none; none where they cost something else than is expected. (What has no one total, for it has several currencies, is
    /// reserved: whoever asked can't make an order of it.)
    package mutating func reserve(_ items: [WantedItem], expecting total: Money? = nil) -> ReservationOutcome {
        let unknown = items.filter { products[$0.productID] == nil }
        guard unknown.isEmpty else { return .unknownProducts(unknown.map(\.productID)) }
        let archived = items.filter { products[$0.productID]?.isArchived == true }
        guard archived.isEmpty else { return .archivedProducts(archived.map(\.productID)) }
        let shortages = items.compactMap { item -> Shortage? in
            guard let product = products[item.productID], product.available < item.quantity else { return nil }
            return Shortage(productID: item.productID, requested: item.quantity, available: product.available)
        }
        guard shortages.isEmpty else { return .shortages(shortages) }
        if let total {
            let offered = items.compactMap { item in products[item.productID].map { Self.sold(item, as: $0) } }
            if let today = OrderItem.total(offered), today != total { return .otherTotal(offered) }
        }
        return .reserved(
            items.compactMap { item in
                move(item.productID, available: -item.quantity, reserved: item.quantity).map { Self.sold(item, as: $0) }
            })
    }

    /// At today's name and price.
    private static func sold(_ item: WantedItem, as product: Product) -> OrderItem {
        OrderItem(
            productID: item.productID, name: product.name, quantity: item.quantity, unitPrice: product.price)
    }

    /// What was reserved can be ordered again.
    package mutating func release(_ items: [OrderItem]) {
        for item in items { _ = move(item.productID, available: item.quantity, reserved: -item.quantity) }
    }

    /// What was reserved has left the house.
    package mutating func ship(_ items: [OrderItem]) {
        for item in items { _ = move(item.productID, available: 0, reserved: -item.quantity) }
    }

    /// New units came in. Throws `.tooMuch` where a product would have more than 10¹² units.
    package mutating func replenish(_ productID: ProductID, by quantity: Int64) throws(StockError) -> Product {
        guard let product = products[productID] else { throw .unknownProduct }
        let (sum, overflow) = (product.available + product.reserved).addingReportingOverflow(quantity)
        guard !overflow, Units.ofProduct.contains(sum) else { throw .tooMuch }
        guard let after = move(productID, available: quantity, reserved: 0) else { throw .unknownProduct }
        return after
    }

    /// Units leave by hand, without an order.
    package mutating func take(_ productID: ProductID, quantity: Int64) throws(StockError) -> Product {
        guard let product = products[productID] else { throw .unknownProduct }
        guard product.available >= quantity else {
            throw .shortage(Shortage(productID: productID, requested: quantity, available: product.available))
        }
        guard let after = move(productID, available: -quantity, reserved: 0) else { throw .unknownProduct }
        return after
    }

    /// Answers the product after it, and which members are otherwise by it; none: nothing is. Throws `.unknownProduct` or
    /// `.tooMuchMetadata`.
    package mutating func change(
        _ productID: ProductID, by change: ProductChange
    ) throws(StockError) -> (product: Product, members: [String]) {
        guard var product = products[productID] else { throw .unknownProduct }
        let status = product.status
        let members = try product.change(by: change, now: now)
        products[productID] = product
        if product.status != status { causes[productID] = cause }
        return (product, members)
    }

    private mutating func move(_ productID: ProductID, available: Int64, reserved: Int64) -> Product? {
        guard var product = products[productID] else { return nil }
        let status = product.status
        product.available += available
        product.reserved += reserved
        product.updatedAt = now
        products[productID] = product
        if product.status != status { causes[productID] = cause }
        return product
    }
}

/// Why stock can't be changed by hand. Nothing is changed then.
package enum StockError: Error, Sendable, Hashable {
    case unknownProduct
    case shortage(Shortage)
    /// More units than a product may have.
    case tooMuch
    /// More entries of metadata than there may be.
    case tooMuchMetadata
}
