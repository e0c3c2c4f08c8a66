package import Causes
package import Databases
package import Events
package import Idempotency
package import Identifiers
package import Inbox
package import InventoryAPI
package import Shop

extension ReserveCall {
    /// Of all its orders.
    var lines: Int { reservations.reduce(0) { $0 + $1.items.count } }
}

/// Where the inventory service keeps products and reservations. Each method is one transaction, its events in the outbox
/// with it.
package protocol InventoryStore: Sendable {
    /// The outcomes of each call, in the order of its reservations. `causes` has one for each call. What is asked at the same time
    /// shares a commit; `committed` is called after one that left events in the outbox, also where the caller's deadline came first (on
    /// PostgreSQL not then, for its relay looks for what others commit anyway).
    func reserve(
        _ calls: [ReserveCall], causes: [Cause], committed: @escaping @Sendable () -> Void
    ) async throws -> [[ReservationOutcome]]

    /// Gives back what these orders hold in batches that are open; an unknown order is noted as released, for good. What is
    /// sold belongs to an order that exists: it stays, and moves by that order's events alone. Idempotent.
    /// Answers how many of them held something.
    @discardableResult func release(_ orders: [Identifier], cause: Cause) async throws -> Int

    /// Nothing in these batches is undecided any more. Idempotent. Answers how many of them were open.
    @discardableResult func close(_ batches: [Identifier]) async throws -> Int

    /// Releases what was cancelled or rejected, ships what was shipped; once for each event. And how far the group has read.
    /// Refused are the events that contradict where the stock is: nothing is done for them, and the inbox does not know them.
    func apply(_ events: [OrderEvent], _ bookmarks: Bookmarks?) async throws -> HandledEvents

    /// nil when the product exists already.
    func add(_ product: NewProduct, cause: Cause) async throws -> Product?

    /// Answers what `answer` makes of the product after it; the first answer again for a repeat of a key. Throws a
    /// `StockError` or `IdempotencyKeyReused`.
    func replenish(
        _ productID: ProductID, by quantity: Int64, key: IdempotencyKey?, cause: Cause,
        answer: @escaping @Sendable (Product) -> [UInt8]
    ) async throws -> FirstAnswer

    /// As `replenish`.
    func take(
        _ productID: ProductID, quantity: Int64, key: IdempotencyKey?, cause: Cause,
        answer: @escaping @Sendable (Product) -> [UInt8]
    ) async throws -> FirstAnswer

    /// Answers the product after it. A change that changes nothing writes nothing. Throws a `StockError`.
    func change(
        _ productID: ProductID, by change: ProductChange, cause: Cause
    ) async throws -> (product: Product, isChanged: Bool)

    func product(_ id: ProductID) async throws -> Product?

    /// Newest first.
    func products(_ filter: ProductFilter, _ page: Page) async throws -> Listed<Product>

    func reservation(of order: Identifier) async throws -> Reservation?

    /// The reservations of batches that have been open for more than `seconds`, by the database's clock, oldest first.
    func reservations(openFor seconds: Int64, _ page: Page) async throws -> Listed<Reservation>

    /// Adds the products of the first start, if there is no product at all.
    func seed(_ products: [NewProduct]) async throws
}

extension InventoryStore {
    /// Events that no group has read.
    @discardableResult package func apply(_ events: [OrderEvent]) async throws -> [RefusedEvent] {
        try await apply(events, nil).refused
    }
}
