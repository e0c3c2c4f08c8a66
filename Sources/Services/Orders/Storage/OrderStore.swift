package import Causes
package import Databases
package import Idempotency
package import Identifiers
package import Outbox

/// Where the order service keeps orders. Each method is one transaction, its events in the outbox with it; outcomes come
/// in the order of the requests, and one that fails never fails its neighbours. Calls that come at the same time share a commit.
/// `committed` is called after it, also where the caller's deadline came first; on PostgreSQL not then, for its relay looks for what
/// others commit anyway.
package protocol OrderStore: Sendable {
    /// Inserts confirmed orders with their OrderConfirmed. The row decides: where an order_id is there already, or another
    /// order with its former id, nothing is inserted and the outcome has the order that is.
    func confirm(
        _ orders: [ConfirmedOrder], committed: @escaping @Sendable () -> Void
    ) async throws -> [ConfirmOutcome]

    /// Moves orders. Errors are `OrderError`s.
    func move(
        _ moves: [MoveRequest], committed: @escaping @Sendable () -> Void
    ) async throws -> [Result<Order, OrderError>]

    /// Of orders that hold stock in a batch that stayed open: those the store does not know are inserted as rejected,
    /// with their OrderRejected. Answers the ids whose stock must be released.
    func rejectInterrupted(_ interrupted: [Order]) async throws -> [Identifier]

    func order(_ id: Identifier) async throws -> Order?

    /// The orders that earlier versions placed, or gave up, under these ids, and those that were placed since and have them as former
    /// ids. By those ids, 100 at most.
    func orders(formerly ids: [Identifier]) async throws -> [Identifier: Order]

    /// The secret of the ids of orders with a key; made when it is asked for first.
    func keySecret() async throws -> KeySecret

    /// Newest first.
    func orders(_ filter: OrderFilter, _ page: Page) async throws -> Listed<Order>
}

/// An order that is to be stored as confirmed, and what tells of it.
package struct ConfirmedOrder: Sendable {
    package var order: Order
    /// Its OrderConfirmed, made before the transaction: nothing is written as JSON while others wait for the database.
    package var event: OutboxEvent

    package init(_ order: Order, traceparent: String?, tracestate: String? = nil) {
        self.order = order
        event = OutboxEvent(order, traceparent: traceparent, tracestate: tracestate)
    }
}

/// Whose row it is now.
package enum ConfirmOutcome: Sendable, Hashable {
    case confirmed
    case known(Order)
}

/// One move that somebody asks for.
package struct MoveRequest: Sendable {
    package var orderID: Identifier
    package var move: OrderMove
    /// Goes into the event, and who asked into the order's history, too.
    package var cause: Cause

    package init(orderID: Identifier, move: OrderMove, cause: Cause) {
        self.orderID = orderID
        self.move = move
        self.cause = cause
    }
}
