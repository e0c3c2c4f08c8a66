import Causes
import Databases
import EventLog
import Events
import ExactText
import Idempotency
import Identifiers
import Inbox
import InventoryAPI
import Outbox
import Shop
import TestDatabase
import Testing
import Timestamps

@testable import Inventory

/// What every inventory store promises, whatever the engine.
struct InventoryStoreContract {
    let store: any InventoryStore & StockStanding
    let outbox: any OutboxStore

    func add(_ id: ProductID, _ quantity: Int64) async throws {
        let new = NewProduct(
            productID: id, name: "Name of \(id)", price: Money(amount: 7, currency: "EUR"), quantity: quantity,
            lowStockThreshold: 2)
        #expect(try await store.add(new, cause: .unknown)?.available == quantity)
        #expect(try await store.add(new, cause: .unknown) == nil)
    }

    func call(
        batch: Identifier = .time(), closed: [Identifier] = [], _ orders: [(Identifier, [(ProductID, Int64)])]
    ) -> ReserveCall {
        ReserveCall(
            batchID: batch, closed: closed,
            reservations: orders.map { id, items in
                .init(orderID: id, items: items.map { .init(productID: $0.0, quantity: $0.1) })
            })
    }

    func reserve(_ call: ReserveCall) async throws -> [ReservationOutcome] {
        try await store.reserve([call], causes: [.unknown])[0]
    }

    func expect(_ id: ProductID, available: Int64, reserved: Int64) async throws {
        let product = try #require(try await store.product(id))
        #expect(product.available == available && product.reserved == reserved, "\(product)")
    }

    func events(since: Int) async throws -> [String] {
        try await outbox.pending(limit: 10_000).dropFirst(since).map { $0.event.event.type }
    }

    /// Audit takes every product, once; seeding looks whether there is one.
    static let readsEverything = [
        "SELECT 1 FROM products LIMIT 1", "SELECT \(ProductRow.columns) FROM products ORDER BY product_id",
        "SELECT \(ProductRow.columns) FROM products", StockStandingSQL.levels,
    ]

    /// The same, and what audit and reclaiming ask: for a look at the plans of all statements.
    func runEverything(reader: some InventoryReader) async throws {
        try await run()
        _ = try await store.reservations(openFor: 0, Page(limit: 10, after: nil))
        let reservation = try #require(try await reader.reservations(after: 0, limit: 10).first).reservation
        _ = try await reader.reservations(of: [reservation.orderID])
        _ = try await reader.lastReservation()
        let sizes = try await reader.sizes(ofReservations: [reservation.orderID, .time()])
        #expect(sizes.count == 1 && sizes[reservation.orderID].map { $0 > 20 } == true)
        _ = try await reader.snapshot(after: 0, since: .now())
        _ = try await reader.changes(after: 0, since: .now())
        _ = try await reader.allProducts()
        _ = try await reader.heldReservations()
        _ = try await reader.entered([reservation.orderID])
        _ = try await reader.inbox(after: nil, limit: 10)
    }

    static let promises: [Promise<InventoryStoreContract>] = [
        Promise("seeds only once") { try await $0.seedsOnlyOnce() },
        Promise("reserves in a batch") { try await $0.reservesInABatch() },
        Promise("says when there is an event to publish") { try await $0.saysWhenThereIsAnEventToPublish() },
        Promise("reserves nothing at another price") { try await $0.reservesNothingAtAnotherPrice() },
        Promise("repeats and releases") { try await $0.repeatsAndReleases() },
        Promise("holds while the batch is open") { try await $0.holdsWhileTheBatchIsOpen() },
        Promise("sold stock is not released by a call") { try await $0.soldStockIsNotReleasedByACall() },
        Promise("its events say who asked") { try await $0.itsEventsSayWhoAsked() },
        Promise("applies events once") { try await $0.appliesEventsOnce() },
        Promise("refuses what contradicts the stock") { try await $0.refusesWhatContradictsTheStock() },
        Promise("a copied id keeps nothing out") { try await $0.aCopiedIDKeepsNothingOut() },
        Promise("changes by hand") { try await $0.changesByHand() },
        Promise("a key changes stock once") { try await $0.aKeyChangesStockOnce() },
        Promise("a key is one however it is written") { try await $0.aKeyIsOneHoweverItIsWritten() },
        Promise("what Swift takes for the same product is another") {
            try await $0.whatSwiftTakesForTheSameProductIsAnother()
        },
        Promise("tells how much is held, and how low products are") { try await $0.tellsWhatStands() },
        Promise("lists") { try await $0.lists() },
        Promise("changes what a product is") { try await $0.changesWhatAProductIs() },
        Promise("a change of nothing is none") { try await $0.aChangeOfNothingIsNone() },
        Promise("what is archived can't be ordered, and goes its way") { try await $0.whatIsArchivedCannotBeOrdered() },
        Promise("nobody is told how low an archived product is") { try await $0.nobodyIsToldOfArchivedStock() },
        Promise("lists by filter") { try await $0.listsByFilter() },
        Promise("pages end by bytes") { try await $0.pagesEndByBytes() },
    ]

    private func tellsWhatStands() async throws {
        let before = try await (held: store.held().count, levels: store.levels())
        try await add("STANDS-1", 5)
        try await add("STANDS-2", 3)
        let batch = Identifier.time()
        let earliest = Timestamp.now().advanced(bySeconds: -60)
        _ = try await reserve(call(batch: batch, [(.time(), [("STANDS-1", 5)]), (.time(), [("STANDS-2", 1)])]))
        let held = try await store.held()
        #expect(held.count == before.held + 2)
        #expect(try #require(held.since) > earliest || before.held > 0)
        let levels = try await store.levels()
        #expect(levels[.outOfStock, default: 0] == before.levels[.outOfStock, default: 0] + 1)
        #expect(levels[.lowStock, default: 0] == before.levels[.lowStock, default: 0] + 1)
        try await store.close([batch])
        #expect(try await store.held().count == before.held)
    }

    /// All of them, one after the other on one database.
    func run() async throws {
        for promise in Self.promises { try await promise.check(self) }
    }
}

extension InventoryStore {
    /// All of them.
    func products(_ page: Page) async throws -> Listed<Product> { try await products(ProductFilter(), page) }

    /// Answered with the units that are available after it.
    func replenish(
        _ productID: ProductID, by quantity: Int64, key: IdempotencyKey?, cause: Cause
    ) async throws -> FirstAnswer {
        try await replenish(productID, by: quantity, key: key, cause: cause) {
            Array("\($0.available)".utf8)
        }
    }

    /// As `replenish`.
    func take(
        _ productID: ProductID, quantity: Int64, key: IdempotencyKey?, cause: Cause
    ) async throws -> FirstAnswer {
        try await take(productID, quantity: quantity, key: key, cause: cause) {
            Array("\($0.available)".utf8)
        }
    }
}
