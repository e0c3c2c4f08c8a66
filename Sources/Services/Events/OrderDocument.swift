package import ExactText
package import Identifiers
import JSON
package import Timestamps

/// An order as the HTTP API shows it and as every event on the `orders` topic carries it: one shape, described by
/// `kafka/schemas/order.schema.json`. An event thus needs no look-up: who is to be told, what was bought, what it cost.
package struct OrderDocument: Sendable, Hashable {
    package enum Status: String, Sendable, CaseIterable {
        case confirmed, shipped, delivered, cancelled, rejected
    }

    package struct Customer: Sendable, Hashable {
        package var name: ExactText
        package var email: ExactText
        package var phone: ExactText?

        package init(name: ExactText, email: ExactText, phone: ExactText?) {
            self.name = name
            self.email = email
            self.phone = phone
        }
    }

    package struct Item: Sendable, Hashable {
        package var productID: ProductID
        package var name: ExactText
        package var quantity: Int64
        package var unitPrice: Money
        /// Quantity times unit price. At most 10⁶ × 10⁹ minor units.
        package var lineTotal: Money

        package init(productID: ProductID, name: ExactText, quantity: Int64, unitPrice: Money) {
            self.productID = productID
            self.name = name
            self.quantity = quantity
            self.unitPrice = unitPrice
            lineTotal = Money(amount: quantity * unitPrice.amount, currency: unitPrice.currency)
        }
    }

    package var orderID: Identifier
    package var status: Status
    /// nil when the order was rejected because its request was interrupted: nobody knows whose it was.
    package var customer: Customer?
    package var items: [Item]
    package var total: Money
    package var createdAt: Timestamp
    package var updatedAt: Timestamp
    /// Why it was rejected or cancelled.
    package var reason: ExactText?

    package init(
        orderID: Identifier, status: Status, customer: Customer?, items: [Item], total: Money, createdAt: Timestamp,
        updatedAt: Timestamp, reason: ExactText?
    ) {
        self.orderID = orderID
        self.status = status
        self.customer = customer
        self.items = items
        self.total = total
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.reason = reason
    }
}
