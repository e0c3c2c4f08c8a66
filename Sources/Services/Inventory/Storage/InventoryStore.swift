package import Events
package import Idempotency
package import Identifiers
package import Inbox
package import InventoryAPI
package import ServiceHost

/// Where the inventory service keeps products and reservations. Each method is one transaction, its events in the outbox
/// with it.
package protocol InventoryStore: Sendable {
    /// The outcomes of each call, in the order of its reservations. `traceparents` has one for each call.
    func reserve(_ calls: [ReserveCall], traceparents: [String?]) async throws -> [[ReservationOutcome]]

    /// Gives back what these orders hold in batches that are open; an unknown order is noted as released, for good. What is
    /// settled belongs to an order that exists: it stays, and moves by that order's events alone. Idempotent.
    func release(_ orders: [Identifier]) async throws

    /// Nothing in these batches is undecided any more. Idempotent.
    func close(_ batches: [Identifier]) async throws

    /// Releases what was cancelled or rejected, ships what was shipped; once for each event. And how far the group has read.
    func apply(_ events: [OrderEvent], _ bookmarks: Bookmarks?) async throws

    /// nil when the product exists already.
    func add(_ product: NewProduct, traceparent: String?) async throws -> ProductDocument?

    /// Answers the product after it, as JSON; the first answer again for a repeat of a key. Throws a `StockError` or
    /// `IdempotencyKeyReused`.
    func replenish(_ productID: ProductID, by quantity: Int64, key: IdempotencyKey?, traceparent: String?)
        async throws -> FirstAnswer

    /// As `replenish`.
    func take(_ productID: ProductID, quantity: Int64, key: IdempotencyKey?, traceparent: String?)
        async throws -> FirstAnswer

    func product(_ id: ProductID) async throws -> ProductDocument?

    /// Newest first.
    func products(_ page: Page) async throws -> Listed<ProductDocument>

    func reservation(of order: Identifier) async throws -> Reservation?

    /// The reservations of batches that have been open for more than `seconds`, by the database's clock, oldest first.
    func reservations(openFor seconds: Int64, _ page: Page) async throws -> Listed<Reservation>

    /// Adds the products of the first start, if there is no product at all.
    func seed(_ products: [NewProduct]) async throws
}

extension InventoryStore {
    /// Events that no group has read.
    package func apply(_ events: [OrderEvent]) async throws {
        try await apply(events, nil)
    }
}
