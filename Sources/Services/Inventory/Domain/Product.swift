package import ExactText
package import Shop
package import Timestamps

/// A product and its stock.
package struct Product: Sendable, Hashable {
    package var productID: ProductID
    package var name: ExactText
    /// `Money.prices`
    package var price: Money
    /// Units that can be ordered.
    package var available: Int64
    /// Units held for orders, or ordered, and not yet shipped.
    package var reserved: Int64
    /// At this many available units or fewer the status is `low_stock`.
    package var lowStockThreshold: Int64
    /// Whether it can't be ordered any more. What is reserved of it goes its way as ever.
    package var isArchived: Bool
    package var metadata: Metadata?
    /// When it, or its stock, changed last.
    package var updatedAt: Timestamp

    package init(
        productID: ProductID, name: ExactText, price: Money, available: Int64, reserved: Int64,
        lowStockThreshold: Int64, isArchived: Bool = false, metadata: Metadata? = nil, updatedAt: Timestamp
    ) {
        self.productID = productID
        self.name = name
        self.price = price
        self.available = available
        self.reserved = reserved
        self.lowStockThreshold = lowStockThreshold
        self.isArchived = isArchived
        self.metadata = metadata
        self.updatedAt = updatedAt
    }

    package var status: StockStatus { StockStatus(available: available, threshold: lowStockThreshold) }
}

/// A product as someone adds it.
package struct NewProduct: Sendable, Hashable {
    /// Where nothing else is said, a product is low at ten units or fewer.
    package static let defaultThreshold: Int64 = 10

    package var productID: ProductID
    package var name: ExactText
    package var price: Money
    /// The units that it begins with; `Units.ofProduct`.
    package var quantity: Int64
    /// `Units.ofProduct`
    package var lowStockThreshold: Int64
    package var metadata: Metadata?

    /// What the shop sells when it opens for the first time.
    package static let firstStart = [
        NewProduct("PROD-001", "Laptop", 129_999, 100),
        NewProduct("PROD-002", "Wireless mouse", 2_599, 500),
        NewProduct("PROD-003", "Mechanical keyboard", 8_999, 250),
        NewProduct("PROD-004", "27-inch monitor", 34_900, 80),
        NewProduct("PROD-005", "USB-C cable", 1_299, 1_000),
    ]

    private init(_ productID: ProductID, _ name: ExactText, _ cents: Int64, _ quantity: Int64) {
        self.init(
            productID: productID, name: name, price: Money(amount: cents, currency: "USD"), quantity: quantity,
            lowStockThreshold: Self.defaultThreshold)
    }

    package init(
        productID: ProductID, name: ExactText, price: Money, quantity: Int64, lowStockThreshold: Int64,
        metadata: Metadata? = nil
    ) {
        self.productID = productID
        self.name = name
        self.price = price
        self.quantity = quantity
        self.lowStockThreshold = lowStockThreshold
        self.metadata = metadata
    }

    func product(now: Timestamp) -> Product {
        Product(
            productID: productID, name: name, price: price, available: quantity, reserved: 0,
            lowStockThreshold: lowStockThreshold, metadata: metadata, updatedAt: now)
    }
}
