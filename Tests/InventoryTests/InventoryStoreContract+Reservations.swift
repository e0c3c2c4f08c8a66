import Causes
import Databases
import Events
import ExactText
import Identifiers
import Inbox
import InventoryAPI
import Outbox
import Shop
import Synchronization
import Testing
import Timestamps

@testable import Inventory

/// What is reserved, and how it ends.
extension InventoryStoreContract {
    /// The relay looks for it, and for nothing else: most reservations change no product's status.
    func saysWhenThereIsAnEventToPublish() async throws {
        try await add("told-of", 5)
        let told = Mutex(0)
        func reserve(_ quantity: Int64) async throws {
            let call = call([(.time(), [("told-of", quantity)])])
            _ = try await store.reserve([call], causes: [.unknown], committed: { told.withLock { $0 += 1 } })
        }
        try await reserve(1)
        #expect(told.withLock { $0 } == 0)
        // Two are left: the stock is low.
        try await reserve(2)
        #expect(told.withLock { $0 } == 1)
    }

    func reservesInABatch() async throws {
        try await add("batch-1", 5)
        try await add("batch-2", 100)
        let before = try await outbox.pending(limit: 10_000).count
        let ids = (0..<5).map { _ in Identifier.time() }
        let outcomes = try await store.reserve(
            [
                call([(ids[0], [("batch-1", 3), ("batch-2", 1)]), (ids[1], [("batch-1", 3)])]),
                call([(ids[2], [("batch-1", 2)]), (ids[3], [("nobody", 1)]), (ids[4], [("batch-2", 10)])]),
            ], causes: [.unknown, .unknown])
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

    /// Nothing is reserved for it, and nothing kept of it: with today's total the same order is placed.
    func reservesNothingAtAnotherPrice() async throws {
        try await add("priced", 10)
        func asked(_ order: Identifier, expecting amount: Int64) -> ReserveCall {
            var call = call([(order, [("priced", 3)]), (.time(), [("priced", 1)])])
            call.reservations[0].expectedTotal = Money(amount: amount, currency: "EUR")
            return call
        }
        let item = OrderItem(
            productID: "priced", name: "Name of priced", quantity: 3, unitPrice: Money(amount: 7, currency: "EUR"))
        let order = Identifier.time()
        let refused = try await reserve(asked(order, expecting: 20))
        #expect(refused[0] == .otherTotal([item]))
        guard case .reserved = refused[1] else {
            Issue.record("its neighbour failed: \(refused)")
            return
        }
        #expect(try await store.reservation(of: order) == nil)
        try await expect("priced", available: 9, reserved: 1)
        #expect(try await reserve(asked(order, expecting: 21))[0] == .reserved([item]))
        #expect(try await reserve(asked(order, expecting: 20))[0] == .conflict(isSold: false))
        try await expect("priced", available: 4, reserved: 6)
    }

    func repeatsAndReleases() async throws {
        try await add("repeat", 10)
        let id = Identifier.time()
        let first = try await reserve(call([(id, [("repeat", 4)])]))
        #expect(try await reserve(call([(id, [("repeat", 4)])])) == first)
        #expect(try await reserve(call([(id, [("repeat", 5)])])) == [.conflict(isSold: false)])
        try await expect("repeat", available: 6, reserved: 4)
        let unknown = Identifier.time()
        for round in 0..<2 {
            #expect(try await store.release([id, unknown], cause: .unknown) == (round == 0 ? 1 : 0))
            try await expect("repeat", available: 10, reserved: 0)
        }
        #expect(
            try await reserve(call([(id, [("repeat", 4)]), (unknown, [("repeat", 4)])])) == [.released, .released])
        try await expect("repeat", available: 10, reserved: 0)
        #expect(try await store.reservation(of: unknown)?.state == .released)
        #expect(try await store.reservation(of: .time()) == nil)
    }

    func holdsWhileTheBatchIsOpen() async throws {
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
        #expect(try await store.reservation(of: one)?.state == .sold)
        #expect(try await open(0).contains(two))
        #expect(try await store.close([second, second, .time()]) == 1)
        #expect(try await store.close([second]) == 0)
        #expect(try await store.reservation(of: two)?.state == .sold)
        #expect(try await Set(open(0)).isDisjoint(with: [one, two]))
        try await expect("held", available: 8, reserved: 2)
    }

    /// What is sold belongs to an order that exists: only its events move it.
    func soldStockIsNotReleasedByACall() async throws {
        try await add("sold", 10)
        let (sold, held) = (Identifier.time(), Identifier.time())
        let batch = Identifier.time()
        _ = try await reserve(call(batch: batch, [(sold, [("sold", 4)])]))
        _ = try await reserve(call([(held, [("sold", 3)])]))
        #expect(try await store.close([batch]) == 1)
        #expect(try await store.release([sold, held], cause: .unknown) == 1)
        try await expect("sold", available: 6, reserved: 4)
        #expect(try await store.reservation(of: sold)?.state == .sold)
        #expect(try await store.reservation(of: held)?.state == .released)
        try await store.apply([event(sold, .cancelled, .cancelled)])
        try await expect("sold", available: 10, reserved: 0)
    }

    private func event(_ id: Identifier, _ kind: OrderEvent.Kind, _ status: OrderStatus) -> OrderEvent {
        let now = Timestamp.now()
        return OrderEvent(
            id: .time(), kind: kind, time: now, cause: .unknown,
            order: OrderEvent.Order(
                orderID: id, status: status, customer: nil, items: [], total: Money(amount: 0, currency: "EUR"),
                createdAt: now, updatedAt: now, reason: nil))
    }

    /// An event that says otherwise of stock than where it is does nothing, and can be handled again later.
    func refusesWhatContradictsTheStock() async throws {
        try await add("moved", 10)
        for isOneBatch in [true, false] {
            let ids = (0..<4).map { _ in Identifier.time() }
            _ = try await reserve(call(ids.map { ($0, [("moved", 1)]) }))
            let before = try #require(try await store.product("moved"))
            let first = [
                event(ids[0], .cancelled, .cancelled), event(ids[1], .shipped, .shipped),
                event(ids[2], .rejected, .rejected), event(ids[3], .shipped, .shipped),
            ]
            let second = [
                event(ids[0], .shipped, .shipped), event(ids[1], .cancelled, .cancelled),
                event(ids[2], .shipped, .shipped), event(ids[3], .rejected, .rejected),
            ]
            var refused: [RefusedEvent]
            if isOneBatch {
                refused = try await store.apply(first + second)
                #expect(refused.map(\.index) == [4, 5, 6, 7])
            } else {
                #expect(try await store.apply(first).isEmpty)
                refused = try await store.apply(second)
                #expect(refused.map(\.index) == [0, 1, 2, 3])
            }
            #expect(
                refused.map(\.reason) == [
                    "OrderShipped of an order whose stock was given back",
                    "OrderCancelled of an order whose stock was shipped",
                    "OrderShipped of an order whose stock was given back",
                    "OrderRejected of an order whose stock was shipped",
                ])
            try await expect("moved", available: before.available + 2, reserved: before.reserved - 4)
            #expect(try await store.apply(first + second).count == 4, "again")
            // What moved it so before may have been this event: a rebuilt database does not know.
            let same = [event(ids[0], .cancelled, .cancelled), event(ids[1], .shipped, .shipped)]
            #expect(try await store.apply(same).isEmpty)
            #expect(try await store.apply([event(.time(), .shipped, .shipped)]).isEmpty, "it can't know")
            try await expect("moved", available: before.available + 2, reserved: before.reserved - 4)
        }
    }

    /// Whoever copies the id of an honest event does not keep that out, and moves nothing by it.
    func aCopiedIDKeepsNothingOut() async throws {
        try await add("copied", 10)
        for isFirst in [true, false] {
            let (honest, released) = (Identifier.time(), Identifier.time())
            _ = try await reserve(call([(honest, [("copied", 1)]), (released, [("copied", 1)])]))
            try await store.apply([event(released, .cancelled, .cancelled)])
            let before = try #require(try await store.product("copied"))
            let shipped = event(honest, .shipped, .shipped)
            var forged = event(released, .shipped, .shipped)
            forged.id = shipped.id
            let refused = try await store.apply(
                isFirst ? [forged, forged, shipped, shipped] : [shipped, forged])
            #expect(refused.map(\.index) == (isFirst ? [0] : []), "\(refused)")
            try await expect("copied", available: before.available, reserved: before.reserved - 1)
            #expect(try await store.apply([shipped]).isEmpty)
        }
    }

    func appliesEventsOnce() async throws {
        try await add("events", 10)
        let ids = (0..<3).map { _ in Identifier.time() }
        _ = try await reserve(call(ids.map { ($0, [("events", 2)]) }))
        let events = [
            event(ids[0], .cancelled, .cancelled), event(ids[1], .shipped, .shipped),
            event(ids[2], .rejected, .rejected),
        ]
        for repeats in [1, 4] {
            #expect(try await store.apply(events + [events[0]], nil) == HandledEvents(repeats: repeats))
            try await expect("events", available: 8, reserved: 0)
        }
        #expect(try await store.reservation(of: ids[0])?.state == .released)
        #expect(try await store.reservation(of: ids[1])?.state == .shipped)
        // A release that comes late changes nothing of what was shipped.
        try await store.release([ids[1]], cause: .unknown)
        try await expect("events", available: 8, reserved: 0)
    }
}
