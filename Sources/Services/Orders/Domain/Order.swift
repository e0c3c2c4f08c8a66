package import Events
package import ExactText
import Idempotency
package import Identifiers
package import InventoryAPI
package import Timestamps

/// An order, and the moves it can make: confirmed → shipped → delivered, or confirmed → cancelled.
package struct Order: Sendable, Hashable {
    package var document: OrderDocument
    /// Counts the moves; a new order has 1.
    package var version: Int64
    /// SHA-256 of the request that placed it, when that had an Idempotency-Key.
    package var requestHash: [UInt8]?

    package init(document: OrderDocument, version: Int64, requestHash: [UInt8]? = nil) {
        self.document = document
        self.version = version
        self.requestHash = requestHash
    }

    /// A confirmed order of what was reserved.
    ///
    /// Throws `.mixedCurrencies` where there is no one total.
    package static func confirmed(
        _ id: Identifier, customer: OrderDocument.Customer, items: [OrderDocument.Item],
        requestHash: [UInt8]? = nil, at now: Timestamp
    ) throws(OrderError) -> Order {
        let currencies = Set(items.map(\.unitPrice.currency))
        guard let currency = currencies.first, currencies.count == 1 else {
            throw .mixedCurrencies(currencies.sorted())
        }
        return Order(
            document: OrderDocument(
                orderID: id, status: .confirmed, customer: customer, items: items,
                total: Self.total(items, currency: currency), createdAt: now, updatedAt: now, reason: nil), version: 1,
            requestHash: requestHash)
    }

    /// An order whose request was interrupted between reserving and confirming. It stops the interrupted attempt from
    /// still confirming it.
    package static func interrupted(_ id: Identifier, items: [OrderDocument.Item], at now: Timestamp) -> Order {
        // Mixed currencies can't be summed; such an order would not have been confirmed either.
        let currencies = Set(items.map(\.unitPrice.currency))
        let total =
            currencies.count == 1
            ? Self.total(items, currency: currencies.first ?? "")
            // ISO 4217 has XXX for no currency.
            : Money(amount: 0, currency: currencies.min() ?? "XXX")
        return Order(
            document: OrderDocument(
                orderID: id, status: .rejected, customer: nil, items: items, total: total, createdAt: now,
                updatedAt: now, reason: Self.interruptedReason), version: 1)
    }

    package static let interruptedReason: ExactText = "interrupted"

    /// At most 1,000 lines of 10⁶ units at 10⁹: 10¹⁸ fits.
    private static func total(_ items: [OrderDocument.Item], currency: String) -> Money {
        Money(amount: items.reduce(0) { $0 + $1.lineTotal.amount }, currency: currency)
    }

    /// Whether its Idempotency-Key still counts.
    package func isRemembered(at now: Timestamp) -> Bool {
        now.milliseconds - document.createdAt.milliseconds < IdempotencyKey.lifetime * 1_000
    }

    /// The order as it was when it was placed.
    package var asConfirmed: OrderDocument {
        var first = document
        first.status = .confirmed
        first.updatedAt = first.createdAt
        first.reason = nil
        return first
    }

    /// The order after the move, and what happened; nil when it was there already.
    package func moved(by move: OrderMove, at now: Timestamp) throws(OrderError) -> (Order, OrderEvent.Kind)? {
        if document.status == move.target { return nil }
        guard document.status == move.origin else {
            throw .illegalMove(from: document.status, to: move.target)
        }
        var order = self
        order.document.status = move.target
        order.document.updatedAt = max(now, document.updatedAt)
        order.version += 1
        if case .cancel(let reason) = move { order.document.reason = reason }
        return (order, move.event)
    }
}

/// What someone does with an order.
package enum OrderMove: Sendable, Hashable {
    case ship
    case deliver
    case cancel(reason: ExactText?)

    var origin: OrderDocument.Status {
        switch self {
        case .ship, .cancel: .confirmed
        case .deliver: .shipped
        }
    }

    var target: OrderDocument.Status {
        switch self {
        case .ship: .shipped
        case .deliver: .delivered
        case .cancel: .cancelled
        }
    }

    var event: OrderEvent.Kind {
        switch self {
        case .ship: .shipped
        case .deliver: .delivered
        case .cancel: .cancelled
        }
    }
}

package enum OrderError: Error, Sendable, Hashable {
    case unknownOrder
    case illegalMove(from: OrderDocument.Status, to: OrderDocument.Status)
    case notEnoughStock([Shortage])
    case unknownProducts([ProductID])
    /// The products are sold in more than one currency.
    case mixedCurrencies([String])
    /// The attempt was settled as interrupted before it could be confirmed: the stock is given back.
    case interrupted
    /// Its Idempotency-Key came with another request.
    case keyReused
    /// The inventory service could not be asked; why, after "The inventory service".
    case inventoryUnavailable(String)
    /// The inventory service answered what can't be the answer.
    case inventoryNotBelieved
}
