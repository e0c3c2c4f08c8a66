package import Causes
package import ExactText
import Idempotency
package import Identifiers
package import Shop
package import Timestamps

/// An order, and the moves it can make: confirmed → shipped → delivered, or confirmed → cancelled.
package struct Order: Sendable, Hashable {
    package var orderID: Identifier
    /// Changed by `moved` alone.
    package var status: OrderStatus
    /// nil when it was rejected because its request was interrupted: nobody knows whose it was.
    package var customer: Customer?
    /// One line a product.
    package var items: [OrderItem]
    /// The sum of the lines; 0 where they have no one currency, as only a rejected order may.
    package var total: Money
    package var createdAt: Timestamp
    package var updatedAt: Timestamp
    /// Why it was rejected or cancelled.
    package var reason: ExactText?
    /// nil: it has nothing of it.
    package var details: OrderDetails?
    /// Counts the moves; a new order has 1.
    package var version: Int64
    /// `RequestFingerprint.kept` of the request that placed it, when that had an Idempotency-Key; an earlier version kept half of it.
    package var requestHash: [UInt8]?
    /// The id that an earlier version would give it for its key.
    package var formerID: Identifier?
    /// What it was when, up to what it is; at most three steps.
    package private(set) var history: [OrderStep]

    /// `history`: what of it was kept; see `OrderStep.history`.
    package init(
        orderID: Identifier, status: OrderStatus, customer: Customer?, items: [OrderItem], total: Money,
        createdAt: Timestamp, updatedAt: Timestamp, reason: ExactText?, details: OrderDetails? = nil, version: Int64,
        requestHash: [UInt8]? = nil, formerID: Identifier? = nil, history: [OrderStep] = []
    ) {
        self.orderID = orderID
        self.status = status
        self.customer = customer
        self.items = items
        self.total = total
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.reason = reason
        self.details = details
        self.version = version
        self.requestHash = requestHash
        self.formerID = formerID
        self.history = OrderStep.history(history, of: status, placed: createdAt, moved: updatedAt)
    }

    /// A confirmed order of what was reserved.
    ///
    /// Throws `.mixedCurrencies` where there is no one total.
    package static func confirmed(
        _ id: Identifier, customer: Customer, items: [OrderItem], details: OrderDetails? = nil,
        requestHash: [UInt8]? = nil, by caller: CallerName? = nil, at now: Timestamp
    ) throws(OrderError) -> Order {
        guard let total = OrderItem.total(items) else {
            throw .mixedCurrencies(Set(items.map(\.unitPrice.currency)).sorted())
        }
        return Order(
            orderID: id, status: .confirmed, customer: customer, items: items,
            total: total, createdAt: now, updatedAt: now, reason: nil,
            details: details, version: 1, requestHash: requestHash,
            history: [OrderStep(.confirmed, at: now, by: caller)])
    }

    /// An order whose request was interrupted between reserving and confirming. It stops the interrupted attempt from
    /// still confirming it.
    package static func interrupted(
        _ id: Identifier, items: [OrderItem], by caller: CallerName? = nil, at now: Timestamp
    ) -> Order {
        // Mixed currencies can't be summed; such an order would not have been confirmed either.
        let total =
            OrderItem.total(items)
            // ISO 4217 has XXX for no currency.
            ?? Money(amount: 0, currency: items.map(\.unitPrice.currency).min() ?? "XXX")
        return Order(
            orderID: id, status: .rejected, customer: nil, items: items, total: total, createdAt: now, updatedAt: now,
            reason: Self.interruptedReason, version: 1, history: [OrderStep(.rejected, at: now, by: caller)])
    }

    /// The `reason` of an order that is rejected for its interrupted request.
    package static let interruptedReason: ExactText = "interrupted"

    /// Whether it is what its Idempotency-Key made: it was not given up, and the key counts still.
    package func counts(at now: Timestamp) -> Bool {
        status != .rejected && now.milliseconds - createdAt.milliseconds < IdempotencyKey.lifetime * 1_000
    }

    /// The order as it was when it was placed.
    package var asConfirmed: Order {
        var first = self
        first.status = .confirmed
        first.updatedAt = first.createdAt
        first.reason = nil
        if first.details?.shipment != nil { first.details = OrderDetails.of(details, shippedBy: nil) }
        first.version = 1
        first.history = Array(history.prefix(1))
        return first
    }

    /// The order after the move; nil when it was there already. Throws `.shippedOtherwise` where it was there by another carrier, or
    /// under another number, than the move says.
    ///
    /// Of an order whose customer was erased it keeps no more than an erasure after the move would leave: nobody's parcel has a number,
    /// and of a reason only that there was one.
    package func moved(
        by move: OrderMove, asked caller: CallerName? = nil, at now: Timestamp
    ) throws(OrderError) -> Order? {
        let isErased = customer?.isErased ?? false
        if status == move.target {
            if case .ship(let shipment?) = move, !isErased, shipment != details?.shipment { throw .shippedOtherwise }
            return nil
        }
        guard status == move.origin else {
            throw .illegalMove(from: status, to: move.target)
        }
        var order = self
        order.status = move.target
        order.updatedAt = max(now, updatedAt)
        order.version += 1
        order.history.append(OrderStep(move.target, at: order.updatedAt, by: caller))
        switch move {
        case .ship(let shipment?) where !isErased: order.details = OrderDetails.of(details, shippedBy: shipment)
        case .cancel(let reason): order.reason = isErased ? reason.map { _ in Erased.text } : reason
        case .ship, .deliver: break
        }
        return order
    }
}

/// What someone does with an order.
package enum OrderMove: Sendable, Hashable {
    /// nil: nothing is said of how.
    case ship(Shipment?)
    case deliver
    case cancel(reason: ExactText?)

    var origin: OrderStatus {
        switch self {
        case .ship, .cancel: .confirmed
        case .deliver: .shipped
        }
    }

    var target: OrderStatus {
        switch self {
        case .ship: .shipped
        case .deliver: .delivered
        case .cancel: .cancelled
        }
    }
}

/// Why an order can't be placed or moved. `Problem+OrderError` says what a caller is told.
package enum OrderError: Error, Sendable, Hashable {
    case unknownOrder
    case illegalMove(from: OrderStatus, to: OrderStatus)
    /// It was shipped before, by another carrier or under another number.
    case shippedOtherwise
    case notEnoughStock([Shortage])
    case unknownProducts([ProductID])
    /// The shop sells these no more, for now or for good.
    case archivedProducts([ProductID])
    /// The products are sold in more than one currency.
    case mixedCurrencies([String])
    /// It would cost something else than the customer expects: these lines, at today's prices.
    case otherTotal([OrderItem])
    /// The attempt was given up as interrupted before it could be confirmed: the stock is given back.
    case interrupted
    /// Its Idempotency-Key came with another request.
    case keyReused
    /// The inventory service could not be asked; why, after "The inventory service".
    case inventoryUnavailable(String)
    /// The inventory service answered what can't be the answer.
    case inventoryNotBelieved
}
