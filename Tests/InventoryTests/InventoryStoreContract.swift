import EventLog
import Events
import ExactText
import Idempotency
import Identifiers
import Inbox
import InventoryAPI
import JSON
import Outbox
import ServiceHost
import Testing
import Timestamps

@testable import Inventory

/// What every inventory store promises, whatever the engine.
struct InventoryStoreContract {
    let store: any InventoryStore
    let outbox: any OutboxStore

    private func add(_ id: ProductID, _ quantity: Int64) async throws {
        let new = NewProduct(
            productID: id, name: "Name of \(id)", price: Money(amount: 7, currency: "EUR"), quantity: quantity,
            lowStockThreshold: 2)
        #expect(try await store.add(new, traceparent: nil)?.available == quantity)
        #expect(try await store.add(new, traceparent: nil) == nil)
    }

    private func call(
        batch: Identifier = .time(), closed: [Identifier] = [], _ orders: [(Identifier, [(ProductID, Int64)])]
    ) -> ReserveCall {
        ReserveCall(
            batchID: batch, closed: closed,
            reservations: orders.map { id, items in
                .init(orderID: id, items: items.map { .init(productID: $0.0, quantity: $0.1) })
            })
    }

    private func reserve(_ call: ReserveCall) async throws -> [ReservationOutcome] {
        try await store.reserve([call], traceparents: [nil])[0]
    }

    private func expect(_ id: ProductID, available: Int64, reserved: Int64) async throws {
        let product = try #require(try await store.product(id))
        #expect(product.available == available && product.reserved == reserved, "\(product)")
    }

    private func events(since: Int) async throws -> [String] {
        try await outbox.pending(limit: 10_000).dropFirst(since).map { $0.event.event.type }
    }

    /// Audit takes every product, once; seeding looks whether there is one.
    static let readsEverything = [
        "SELECT 1 FROM products LIMIT 1", "SELECT \(ProductRow.columns) FROM products ORDER BY product_id",
    ]

    /// The same, and what audit and settling ask: for a look at the plans of all statements.
    func runEverything(reader: some InventoryReader) async throws {
        try await run()
        _ = try await store.reservations(openFor: 0, Page(limit: 10, after: nil))
        let reservation = try #require(try await reader.reservations(after: 0, limit: 10).first).reservation
        _ = try await reader.reservations(of: [reservation.orderID])
        _ = try await reader.lastReservation()
        _ = try await reader.changes(after: 0, since: .now())
        _ = try await reader.allProducts()
        _ = try await reader.heldReservations()
        _ = try await reader.entered([reservation.orderID])
        _ = try await reader.inbox(after: nil, limit: 10)
    }

    func run() async throws {
        try await seedsOnlyOnce()
        try await reservesInABatch()
        try await repeatsAndReleases()
        try await holdsWhileTheBatchIsOpen()
        try await settledStockIsNotReleasedByACall()
        try await appliesEventsOnce()
        try await changesByHand()
        try await aKeyChangesStockOnce()
        try await whatSwiftTakesForTheSameProductIsAnother()
        try await lists()
        try await pagesEndByBytes()
    }

    private func seedsOnlyOnce() async throws {
        try await store.seed(NewProduct.firstStart)
        try await store.seed(NewProduct.firstStart)
        #expect(try await store.products(Page(limit: 50, after: nil)).items.count == 5)
        #expect(try await events(since: 0) == Array(repeating: "orderlog.ProductAdded.v1", count: 5))
    }

    private func reservesInABatch() async throws {
        try await add("batch-1", 5)
        try await add("batch-2", 100)
        let before = try await outbox.pending(limit: 10_000).count
        let ids = (0..<5).map { _ in Identifier.time() }
        let outcomes = try await store.reserve(
            [
                call([(ids[0], [("batch-1", 3), ("batch-2", 1)]), (ids[1], [("batch-1", 3)])]),
                call([(ids[2], [("batch-1", 2)]), (ids[3], [("nobody", 1)]), (ids[4], [("batch-2", 10)])]),
            ], traceparents: [nil, nil])
        guard case .reserved(let items) = outcomes[0][0] else {
            Issue.record("the first was not reserved: \(outcomes)")
            return
        }
        #expect(items.map(\.productID) == ["batch-1", "batch-2"] && items[0].name == "Name of batch-1")
        #expect(outcomes[0][1] == .shortages([Shortage(productID: "batch-1", requested: 3, available: 2)]))
        guard case .reserved = outcomes[1][0], case .reserved = outcomes[1][2] else {
            Issue.record("neighbours failed: \(outcomes)")
            return
        }
        #expect(outcomes[1][1] == .unknownProducts(["nobody"]))
        try await expect("batch-1", available: 0, reserved: 5)
        try await expect("batch-2", available: 89, reserved: 11)
        #expect(try await events(since: before) == ["orderlog.StockStatusChanged.v1"])
    }

    private func repeatsAndReleases() async throws {
        try await add("repeat", 10)
        let id = Identifier.time()
        let first = try await reserve(call([(id, [("repeat", 4)])]))
        #expect(try await reserve(call([(id, [("repeat", 4)])])) == first)
        #expect(try await reserve(call([(id, [("repeat", 5)])])) == [.conflict])
        try await expect("repeat", available: 6, reserved: 4)
        let unknown = Identifier.time()
        for _ in 0..<2 {
            try await store.release([id, unknown])
            try await expect("repeat", available: 10, reserved: 0)
        }
        #expect(
            try await reserve(call([(id, [("repeat", 4)]), (unknown, [("repeat", 4)])])) == [.released, .released])
        try await expect("repeat", available: 10, reserved: 0)
        #expect(try await store.reservation(of: unknown)?.state == .released)
        #expect(try await store.reservation(of: .time()) == nil)
    }

    private func holdsWhileTheBatchIsOpen() async throws {
        try await add("held", 10)
        let (first, second) = (Identifier.time(), Identifier.time())
        let (one, two) = (Identifier.time(), Identifier.time())
        _ = try await reserve(call(batch: first, [(one, [("held", 1)])]))
        #expect(try await store.reservation(of: one)?.state == .held)
        func open(_ seconds: Int64) async throws -> [Identifier] {
            try await store.reservations(openFor: seconds, Page(limit: 200, after: nil)).items.map(\.item.orderID)
        }
        #expect(try await open(0).contains(one))
        #expect(try await !open(60).contains(one))
        _ = try await reserve(call(batch: second, closed: [first], [(two, [("held", 1)])]))
        #expect(try await store.reservation(of: one)?.state == .settled)
        #expect(try await open(0).contains(two))
        try await store.close([second, second, .time()])
        #expect(try await store.reservation(of: two)?.state == .settled)
        #expect(try await Set(open(0)).isDisjoint(with: [one, two]))
        try await expect("held", available: 8, reserved: 2)
    }

    /// What is settled belongs to an order that exists: only its events move it.
    private func settledStockIsNotReleasedByACall() async throws {
        try await add("sold", 10)
        let (settled, held) = (Identifier.time(), Identifier.time())
        let batch = Identifier.time()
        _ = try await reserve(call(batch: batch, [(settled, [("sold", 4)])]))
        _ = try await reserve(call([(held, [("sold", 3)])]))
        try await store.close([batch])
        try await store.release([settled, held])
        try await expect("sold", available: 6, reserved: 4)
        #expect(try await store.reservation(of: settled)?.state == .settled)
        #expect(try await store.reservation(of: held)?.state == .released)
        try await store.apply([event(settled, .cancelled, .cancelled)])
        try await expect("sold", available: 10, reserved: 0)
    }

    private func event(_ id: Identifier, _ kind: OrderEvent.Kind, _ status: OrderDocument.Status) -> OrderEvent {
        let now = Timestamp.now()
        return OrderEvent(
            id: .time(), kind: kind, time: now, traceparent: nil,
            order: OrderDocument(
                orderID: id, status: status, customer: nil, items: [], total: Money(amount: 0, currency: "EUR"),
                createdAt: now, updatedAt: now, reason: nil))
    }

    private func appliesEventsOnce() async throws {
        try await add("events", 10)
        let ids = (0..<3).map { _ in Identifier.time() }
        _ = try await reserve(call(ids.map { ($0, [("events", 2)]) }))
        let events = [
            event(ids[0], .cancelled, .cancelled), event(ids[1], .shipped, .shipped),
            event(ids[2], .rejected, .rejected),
        ]
        for _ in 0..<2 {
            try await store.apply(events + [events[0]])
            try await expect("events", available: 8, reserved: 0)
        }
        #expect(try await store.reservation(of: ids[0])?.state == .released)
        #expect(try await store.reservation(of: ids[1])?.state == .shipped)
        // A release that comes late changes nothing of what was shipped.
        try await store.release([ids[1]])
        try await expect("events", available: 8, reserved: 0)
    }

    private func changesByHand() async throws {
        try await add("hand", 5)
        let before = try await outbox.pending(limit: 10_000).count
        func available(_ answer: FirstAnswer) throws -> Int64? {
            try JSON.read(answer.body, ProductDocument.read).available
        }
        #expect(try available(try await store.replenish("hand", by: 3, key: nil, traceparent: nil)) == 8)
        #expect(try available(try await store.take("hand", quantity: 8, key: nil, traceparent: nil)) == 0)
        await #expect(throws: StockError.self) {
            try await store.take("hand", quantity: 1, key: nil, traceparent: nil)
        }
        await #expect(throws: StockError.unknownProduct) {
            try await store.replenish("nothing", by: 1, key: nil, traceparent: nil)
        }
        #expect(
            try await events(since: before) == [
                "orderlog.StockReplenished.v1", "orderlog.StockTaken.v1", "orderlog.StockStatusChanged.v1",
            ])
    }

    private func aKeyChangesStockOnce() async throws {
        try await add("keyed", 5)
        let name = "delivery 17 \(Identifier.time())"
        let key = IdempotencyKey(name, request: [1])
        let first = try await store.replenish("keyed", by: 3, key: key, traceparent: nil)
        #expect(!first.isReplayed)
        try await expect("keyed", available: 8, reserved: 0)
        let again = try await store.replenish("keyed", by: 3, key: key, traceparent: nil)
        #expect(again == FirstAnswer(body: first.body, isReplayed: true))
        try await expect("keyed", available: 8, reserved: 0)
        let other = IdempotencyKey(name, request: [2])
        await #expect(throws: IdempotencyKeyReused.self) {
            try await store.take("keyed", quantity: 1, key: other, traceparent: nil)
        }
        // What was refused is not remembered.
        let late = IdempotencyKey("late \(Identifier.time())", request: [1])
        await #expect(throws: StockError.self) {
            try await store.take("keyed", quantity: 9, key: late, traceparent: nil)
        }
        _ = try await store.replenish("keyed", by: 1, key: nil, traceparent: nil)
        #expect(try await store.take("keyed", quantity: 9, key: late, traceparent: nil).isReplayed == false)
        try await expect("keyed", available: 0, reserved: 0)
    }

    /// U+212A, the Kelvin sign, is K to Swift's String, and `A` with a ring above is Å.
    private func whatSwiftTakesForTheSameProductIsAnother() async throws {
        let (plain, kelvin): (ProductID, ProductID) = ("SKU-1", "S\u{212a}U-1")
        let (one, two): (ProductID, ProductID) = ("\u{c5}-1", "A\u{30a}-1")
        try await add(plain, 1_000)
        let ids = (0..<4).map { _ in Identifier.time() }
        #expect(
            try await reserve(call([(ids[0], [(plain, 1), (kelvin, 2)]), (ids[1], [(plain, 1)])]))[0]
                == .unknownProducts([kelvin]))
        try await expect(plain, available: 999, reserved: 1)
        #expect(try await reserve(call([(ids[1], [(kelvin, 1)])])) == [.conflict])
        #expect(try await store.product(kelvin) == nil)
        await #expect(throws: StockError.unknownProduct) {
            try await store.take(kelvin, quantity: 1, key: nil, traceparent: nil)
        }

        try await add(one, 10)
        try await add(two, 100)
        guard case .reserved(let items) = try await reserve(call([(ids[2], [(one, 1), (two, 5)])]))[0] else {
            Issue.record("both are there")
            return
        }
        #expect(items.map(\.productID) == [one, two] && items.map(\.quantity) == [1, 5])
        try await expect(one, available: 9, reserved: 1)
        try await expect(two, available: 95, reserved: 5)
        _ = try await store.replenish(two, by: 7, key: nil, traceparent: nil)
        _ = try await store.take(one, quantity: 2, key: nil, traceparent: nil)
        try await store.release([ids[2]])
        try await expect(one, available: 8, reserved: 0)
        try await expect(two, available: 107, reserved: 0)

        // One transaction for customers of both kinds: the honest ones get what is there.
        let orders = (0..<16).map { (Identifier.time(), [($0 % 2 == 0 ? plain : kelvin, Int64(1))]) }
        let outcomes = try await store.reserve(orders.map { call([$0]) }, traceparents: orders.map { _ in nil })
        for (index, outcome) in outcomes.map({ $0[0] }).enumerated() {
            if index % 2 == 1 {
                #expect(outcome == .unknownProducts([kelvin]))
            } else if case .reserved(let items) = outcome {
                #expect(items.map(\.productID) == [plain])
            } else {
                Issue.record("an honest order: \(outcome)")
            }
        }
        try await expect(plain, available: 991, reserved: 9)
    }

    private func lists() async throws {
        let newest = try await store.products(Page(limit: 2, after: nil))
        #expect(newest.hasMore && newest.items.count == 2 && newest.items[0].item.productID == "A\u{30a}-1")
        let next = try await store.products(Page(limit: 200, after: newest.items[1].position))
        #expect(!next.hasMore && next.items.first.map { $0.position < newest.items[1].position } == true)
    }

    /// However many are asked for: a page has so many bytes, and one item at least.
    private func pagesEndByBytes() async throws {
        var page = Page(limit: 200, after: nil)
        page.maximumBytes = 100
        var products: [ProductID] = []
        repeat {
            let rows = try await store.products(page)
            #expect(rows.items.count == 1)
            products += rows.items.map(\.item.productID)
            page.after = rows.hasMore ? rows.items.last?.position : nil
        } while page.after != nil && products.count < 1_000
        let all = try await store.products(Page(limit: 200, after: nil))
        #expect(products == all.items.map(\.item.productID))

        try await add("long", 10)
        let orders = (0..<3).map { _ in Identifier.time() }
        let batch = Identifier.time()
        _ = try await reserve(call(batch: batch, orders.map { ($0, [("long", 1)]) }))
        var seen: [Identifier] = []
        repeat {
            let rows = try await store.reservations(openFor: 0, page)
            #expect(rows.items.count == 1)
            seen += rows.items.map(\.item.orderID)
            page.after = rows.hasMore ? rows.items.last?.position : nil
        } while page.after != nil && seen.count < 1_000
        #expect(seen.filter(orders.contains) == orders)
        try await store.close([batch])
    }
}
