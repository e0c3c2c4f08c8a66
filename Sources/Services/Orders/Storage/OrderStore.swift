package import Events
package import ExactText
package import Identifiers
package import ServiceHost

/// Where the order service keeps orders. Each method is one transaction, its events in the outbox with it; outcomes come
/// in the order of the requests, and one that fails never fails its neighbours.
package protocol OrderStore: Sendable {
    /// Inserts confirmed orders with their OrderConfirmed. The row decides: where an order_id is there already, nothing
    /// is inserted and the outcome has the order that is.
    func confirm(_ orders: [ConfirmedOrder]) async throws -> [ConfirmOutcome]

    /// Moves orders. Errors are `OrderError`s.
    func move(_ moves: [MoveRequest]) async throws -> [Result<Order, OrderError>]

    /// Of orders that hold stock in a batch that stayed open: those the store does not know are inserted as rejected,
    /// with their OrderRejected. Answers the ids whose stock must be released.
    func settle(_ interrupted: [Order]) async throws -> [Identifier]

    func order(_ id: Identifier) async throws -> Order?

    /// Newest first.
    func orders(_ filter: OrderFilter, _ page: Page) async throws -> Listed<Order>
}

package struct ConfirmedOrder: Sendable {
    package var order: Order
    /// The order as JSON: for the answer and the event alike.
    package var json: [UInt8]
    package var traceparent: String?

    package init(order: Order, json: [UInt8], traceparent: String?) {
        self.order = order
        self.json = json
        self.traceparent = traceparent
    }
}

package enum ConfirmOutcome: Sendable, Hashable {
    case confirmed
    case known(Order)
}

package struct MoveRequest: Sendable {
    package var orderID: Identifier
    package var move: OrderMove
    package var traceparent: String?

    package init(orderID: Identifier, move: OrderMove, traceparent: String?) {
        self.orderID = orderID
        self.move = move
        self.traceparent = traceparent
    }
}

/// nil: any.
package struct OrderFilter: Sendable, Hashable {
    package var status: OrderDocument.Status?
    /// `a` to `z` stand for `A` to `Z` as well, as mail is delivered nearly everywhere; all else is compared by its bytes.
    package var customerEmail: ExactText?

    package init(status: OrderDocument.Status? = nil, customerEmail: ExactText? = nil) {
        self.status = status
        self.customerEmail = customerEmail
    }
}
