import Causes
package import Events
import Identifiers
import Outbox

/// How an order's events tell it.
extension OrderEvent {
    /// What brought the order to its status, under an id of its own. Its history knows who did.
    package init(_ order: Orders.Order, traceparent: String?, tracestate: String? = nil) {
        self.init(
            id: .time(), kind: Kind(order.status), time: order.updatedAt,
            cause: Cause(traceparent: traceparent, tracestate: tracestate, caller: order.history.last?.by),
            order: OrderEvent.Order(order))
    }
}

extension OrderEvent.Order {
    package init(_ order: Orders.Order) {
        self.init(
            orderID: order.orderID, status: order.status, customer: order.customer, items: order.items,
            total: order.total, createdAt: order.createdAt, updatedAt: order.updatedAt, reason: order.reason,
            details: order.details)
    }
}

extension OutboxEvent {
    /// On its way to the log: what brought the order to its status.
    init(_ order: Order, traceparent: String?, tracestate: String? = nil) {
        self.init(
            topic: Topics.orders, event: OrderEvent(order, traceparent: traceparent, tracestate: tracestate).cloudEvent)
    }
}
