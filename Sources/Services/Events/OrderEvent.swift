package import Causes
package import EventLog
package import ExactText
package import Identifiers
package import Shop
package import Timestamps

/// What happens to an order, on the topic `orders`.
package struct OrderEvent: Sendable, Hashable {
    package enum Kind: String, Sendable, CaseIterable {
        case confirmed = "orderlog.OrderConfirmed.v1"
        case shipped = "orderlog.OrderShipped.v1"
        case delivered = "orderlog.OrderDelivered.v1"
        case cancelled = "orderlog.OrderCancelled.v1"
        case rejected = "orderlog.OrderRejected.v1"

        /// What brings an order to this status.
        package init(_ status: OrderStatus) {
            switch status {
            case .confirmed: self = .confirmed
            case .shipped: self = .shipped
            case .delivered: self = .delivered
            case .cancelled: self = .cancelled
            case .rejected: self = .rejected
            }
        }

        /// `OrderConfirmed`, for people.
        package var name: String {
            switch self {
            case .confirmed: "OrderConfirmed"
            case .shipped: "OrderShipped"
            case .delivered: "OrderDelivered"
            case .cancelled: "OrderCancelled"
            case .rejected: "OrderRejected"
            }
        }

        /// What the order is after it.
        package var status: OrderStatus {
            switch self {
            case .confirmed: .confirmed
            case .shipped: .shipped
            case .delivered: .delivered
            case .cancelled: .cancelled
            case .rejected: .rejected
            }
        }
    }

    package static let source = "/orderlog/order-service"

    /// An order as its events carry it, described by the schemas in `kafka/schemas`. So an event needs no look-up: who is to
    /// be told, what was bought, what it cost.
    package struct Order: Sendable, Hashable {
        package var orderID: Identifier
        package var status: OrderStatus
        /// nil when the order was rejected because its request was interrupted: nobody knows whose it was.
        package var customer: Customer?
        package var items: [OrderItem]
        package var total: Money
        package var createdAt: Timestamp
        package var updatedAt: Timestamp
        /// Why it was rejected or cancelled.
        package var reason: ExactText?
        /// nil: it has nothing of it, or the event was written by an earlier version.
        package var details: OrderDetails?

        package init(
            orderID: Identifier, status: OrderStatus, customer: Customer?, items: [OrderItem], total: Money,
            createdAt: Timestamp, updatedAt: Timestamp, reason: ExactText?, details: OrderDetails? = nil
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
        }
    }

    package var id: Identifier
    package var kind: Kind
    package var time: Timestamp
    package var cause: Cause
    /// The order as it is after the event.
    package var order: Order

    package init(id: Identifier, kind: Kind, time: Timestamp, cause: Cause, order: Order) {
        self.id = id
        self.kind = kind
        self.time = time
        self.cause = cause
        self.order = order
    }

    package var cloudEvent: CloudEvent {
        CloudEvent(
            id: id, type: kind.rawValue, source: Self.source, time: time, subject: ExactText(order.orderID.description),
            cause: cause, data: order.json())
    }

    package init(_ record: StoredRecord) throws(UnreadableEvent) {
        let event = try CloudEvent(record)
        guard let kind = Kind(rawValue: event.type) else { throw UnreadableEvent("unknown ce_type \(event.type)") }
        let order = try event.read(Order.read)
        try event.check(record, from: Self.source, about: order.orderID.description)
        guard order.status == kind.status else {
            throw UnreadableEvent(
                "an order is \(kind.status.rawValue) after \(kind.rawValue), not \(order.status.rawValue)")
        }
        self.init(id: event.id, kind: kind, time: event.time, cause: event.cause, order: order)
    }
}
