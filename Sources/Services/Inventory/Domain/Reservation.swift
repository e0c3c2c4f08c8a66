package import Events
package import ExactText
package import Identifiers
package import InventoryAPI
package import Timestamps

/// The stock of one order.
package struct Reservation: Sendable, Hashable {
    package enum State: String, Sendable, CaseIterable {
        /// Reserved, and its batch is open: its order may not exist.
        case held
        /// Reserved, and its order is known.
        case settled
        /// Given back, or refused for good.
        case released
        /// Left the house.
        case shipped

        /// What a release call may give back.
        package static let undecided: Set<State> = [.held]
        /// What an order's event gives back or ships.
        package static let reserved: Set<State> = [.held, .settled]
    }

    package var orderID: Identifier
    /// nil when it was released before anybody reserved it.
    package var batchID: Identifier?
    package var state: State
    package var items: [OrderDocument.Item]
    package var createdAt: Timestamp
    package var updatedAt: Timestamp

    /// The outcome of a reserve call for this order, made again.
    package func repeated(_ items: [ReserveCall.Item]) -> ReservationOutcome {
        switch state {
        case .released: return .released
        case .held, .settled, .shipped:
            let known = Dictionary(
                self.items.map { ($0.productID, $0.quantity) }, uniquingKeysWith: { first, _ in first })
            let asked = Dictionary(items.map { ($0.productID, $0.quantity) }, uniquingKeysWith: { first, _ in first })
            return known == asked ? .reserved(self.items) : .conflict
        }
    }
}

/// A product as someone adds it.
package struct NewProduct: Sendable, Hashable {
    /// Where nothing else is said, a product is low at ten units or fewer.
    package static let defaultThreshold: Int64 = 10

    package var productID: ProductID
    package var name: ExactText
    package var price: Money
    package var quantity: Int64
    package var lowStockThreshold: Int64

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

    package init(productID: ProductID, name: ExactText, price: Money, quantity: Int64, lowStockThreshold: Int64) {
        self.productID = productID
        self.name = name
        self.price = price
        self.quantity = quantity
        self.lowStockThreshold = lowStockThreshold
    }

    func document(now: Timestamp) -> ProductDocument {
        ProductDocument(
            productID: productID, name: name, price: price, available: quantity, reserved: 0,
            lowStockThreshold: lowStockThreshold, updatedAt: now)
    }
}
