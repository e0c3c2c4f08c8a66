import EventLog
import ExactText
import Idempotency
import Identifiers
import InventoryAPI
import Outbox
import Shop
import TestClock
import Testing

@testable import Orders

/// What becomes of an order that is placed, at each step that can fail.
@Suite(.timeLimit(.minutes(5))) struct PlacementTests {
    private typealias Shop = TestPlacement

    @Test func whatWasReservedIsStoredWithItsEvent() async throws {
        try await Shop.run { shop in
            let placed = try await shop.place()
            #expect(!placed.isReplayed && placed.order.status == .confirmed)
            #expect(placed.order.items == Shop.items.map { MemoryInventory.item($0) })
            #expect(shop.store.orders == [placed.order])
            #expect(shop.store.events.map(\.event.subject.string) == [placed.order.orderID.description])
            #expect(shop.commits.count == 1)
        }
    }

    /// By the next reserve call, so that it costs none of its own.
    @Test func theNextCallClosesTheBatchOfADecidedOrder() async throws {
        try await Shop.run { shop in
            try await shop.place()
            let first = try #require(shop.inventory.calls.first)
            #expect(first.closed == [] && shop.inventory.openBatches == [first.batchID])
            try await shop.place()
            #expect(shop.inventory.calls.last?.closed == [first.batchID])
        }
    }

    @Test(arguments: [MemoryInventory.Fault.unreachable, .unanswered])
    func withoutAnAnswerOfInventoryNothingIsStored(_ fault: MemoryInventory.Fault) async throws {
        try await Shop.run { shop in
            shop.inventory.fails(.reserve, by: fault)
            await #expect(throws: OrderError.inventoryUnavailable("did not answer in time")) { try await shop.place() }
            #expect(shop.store.orders.isEmpty && shop.commits.count == 0)
            // Whether it was done nobody knows, so its batch is not said to be decided.
            shop.inventory.fails(.reserve, by: nil)
            try await shop.place()
            #expect(shop.inventory.closed == [])
        }
    }

    @Test func theBatchesThatAFailedCallWasToCloseAreClosedByTheNext() async throws {
        try await Shop.run { shop in
            try await shop.place()
            let first = try #require(shop.inventory.calls.first?.batchID)
            shop.inventory.fails(.reserve, by: .unreachable)
            await #expect(throws: OrderError.self) { try await shop.place() }
            shop.inventory.fails(.reserve, by: nil)
            try await shop.place()
            #expect(shop.inventory.calls.last?.closed == [first])
        }
    }

    private static let shortage = Shortage(productID: "A", requested: 2, available: 1)

    @Test(arguments: [
        (ReservationOutcome.shortages([shortage]), OrderError.notEnoughStock([shortage])),
        (.unknownProducts(["A"]), .unknownProducts(["A"])), (.archivedProducts(["A"]), .archivedProducts(["A"])),
        (.released, .interrupted),
        (.conflict(isSold: false), .interrupted),
    ])
    func whatIsRefusedHoldsNothing(_ outcome: ReservationOutcome, _ error: OrderError) async throws {
        try await Shop.run(answer: { $0.items == Shop.items ? outcome : nil }) { shop in
            await #expect(throws: error) { try await shop.place() }
            #expect(shop.store.orders.isEmpty)
            let batch = try #require(shop.inventory.calls.first?.batchID)
            try await shop.place([WantedItem(productID: "B", quantity: 1)])
            #expect(shop.inventory.calls.last?.closed == [batch], "nothing is undecided in it")
        }
    }

    private static let twoCurrencies: @Sendable (ReserveCall.Reservation) -> ReservationOutcome? = { wanted in
        guard wanted.items.count == 2 else { return nil }
        return .reserved(
            zip(wanted.items, ["EUR", "USD"]).map { MemoryInventory.item($0, currency: $1) })
    }
    private static let both = Shop.items + [WantedItem(productID: "B", quantity: 1)]

    @Test func whatHasNoOneTotalIsGivenBack() async throws {
        try await Shop.run(answer: Self.twoCurrencies) { shop in
            await #expect(throws: OrderError.mixedCurrencies(["EUR", "USD"])) { try await shop.place(Self.both) }
            #expect(shop.inventory.reserved.isEmpty && shop.store.orders.isEmpty)
            let batch = try #require(shop.inventory.calls.first?.batchID)
            try await shop.place()
            #expect(shop.inventory.calls.last?.closed == [batch])
        }
    }

    private static func request(expecting amount: Int64) -> OrderRequest {
        OrderRequest(
            customer: .init(name: "Ada", email: "ada@example.com", phone: nil), items: Shop.items,
            expectedTotal: Money(amount: amount, currency: "USD"))
    }

    private static let offered = Shop.items.map { MemoryInventory.item($0) }

    /// Nothing is reserved, and nothing kept: the same key places the order at today's price.
    @Test func whatCostsSomethingElseLeavesNothing() async throws {
        try await Shop.run { shop in
            func key(_ amount: Int64) throws -> IdempotencyKey {
                try #require(
                    IdempotencyKey(
                        header: "k", route: "POST /orders",
                        request: RequestFingerprint(
                            method: "POST", path: "/orders", body: Array("\(amount)".utf8), route: "POST /orders",
                            values: Self.request(expecting: amount).values)))
            }
            await #expect(throws: OrderError.otherTotal(Self.offered)) {
                try await shop.place(Self.request(expecting: 299), key: try key(299))
            }
            #expect(shop.inventory.reserved.isEmpty && shop.store.orders.isEmpty && shop.store.events.isEmpty)
            let placed = try await shop.place(Self.request(expecting: 300), key: try key(300))
            #expect(!placed.isReplayed && shop.store.orders == [placed.order] && shop.store.events.count == 1)
            #expect(try await shop.place(Self.request(expecting: 300), key: try key(300)).isReplayed)
            // It is another request, and the order has its stock.
            await #expect(throws: OrderError.keyReused) {
                try await shop.place(Self.request(expecting: 299), key: try key(299))
            }
            #expect(shop.inventory.reserved.count == 1)
        }
    }

    /// It knows no `expected_total`, and what it answers may be held for an earlier request: that is for reclaiming to look at.
    @Test func anInventoryOfAnEarlierVersionConfirmsNoOtherTotal() async throws {
        try await Shop.run(answer: { .reserved($0.items.map { MemoryInventory.item($0) }) }) { shop in
            await #expect(throws: OrderError.otherTotal(Self.offered)) {
                try await shop.place(Self.request(expecting: 1))
            }
            #expect(shop.store.orders.isEmpty)
            try await shop.place()
            #expect(shop.inventory.calls.last?.closed == [] && shop.inventory.reserved.count == 2)
        }
    }

    /// Closing would sell it to nobody.
    @Test func whatCantBeGivenBackStaysInAnOpenBatch() async throws {
        try await Shop.run(answer: Self.twoCurrencies) { shop in
            shop.inventory.fails(.release, by: .unreachable)
            await #expect(throws: OrderError.mixedCurrencies(["EUR", "USD"])) { try await shop.place(Self.both) }
            try await shop.place()
            #expect(shop.inventory.calls.last?.closed == [] && shop.inventory.reserved.count == 2)
        }
    }

    /// Whether the commit happened is for reclaiming to find out.
    @Test(arguments: [MemoryOrderStore.Fault.notCommitted, .unknown])
    func aCommitThatFailsLeavesTheBatchOpen(_ fault: MemoryOrderStore.Fault) async throws {
        try await Shop.run { shop in
            shop.store.fails(fault)
            await #expect(throws: MemoryOrderStore.Failed()) { try await shop.place() }
            shop.store.fails(nil)
            try await shop.place()
            #expect(shop.inventory.calls.last?.closed == [])
            let first = try #require(shop.inventory.calls.first?.reservations.first?.orderID)
            let isStored = try await shop.store.order(first) != nil
            #expect(isStored == (fault == .unknown))
        }
    }
}
