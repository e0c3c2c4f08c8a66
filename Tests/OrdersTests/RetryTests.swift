import Causes
import Idempotency
import Identifiers
import InventoryAPI
import Shop
import TestClock
import Testing

@testable import Orders

/// A request that comes again with its Idempotency-Key, after each way in which the first one can have ended.
@Suite(.timeLimit(.minutes(5))) struct RetryTests {
    private typealias Shop = TestPlacement

    @Test func aRetryGetsTheFirstAnswer() async throws {
        try await Shop.run { shop in
            let key = try shop.key()
            let first = try await shop.place(key: key)
            let again = try await shop.place(key: key)
            #expect(!first.isReplayed && again.isReplayed && again.order == first.order)
            #expect(shop.store.orders.count == 1 && shop.store.events.count == 1)
            #expect(shop.inventory.reserved == [first.order.orderID])
        }
    }

    /// However far the order has come since.
    @Test func theAnswerIsTheOrderAsItWasPlaced() async throws {
        try await Shop.run { shop in
            let key = try shop.key()
            let first = try await shop.place(key: key).order
            _ = try await shop.store.move([.init(orderID: first.orderID, move: .ship(nil), cause: .unknown)])
            #expect(try await shop.place(key: key).order == first)
        }
    }

    @Test func afterALostAnswerOfInventoryTheSameStockIsReserved() async throws {
        try await Shop.run { shop in
            let key = try shop.key()
            shop.inventory.fails(.reserve, by: .unanswered)
            await #expect(throws: OrderError.self) { try await shop.place(key: key) }
            shop.inventory.fails(.reserve, by: nil)
            let placed = try await shop.place(key: key)
            #expect(!placed.isReplayed && shop.inventory.reserved == [placed.order.orderID])
        }
    }

    @Test func afterACommitThatFailedItIsStored() async throws {
        try await Shop.run { shop in
            let key = try shop.key()
            shop.store.fails(.notCommitted)
            await #expect(throws: MemoryOrderStore.Failed()) { try await shop.place(key: key) }
            shop.store.fails(nil)
            #expect(try await !shop.place(key: key).isReplayed)
            #expect(shop.store.orders.count == 1 && shop.inventory.reserved.count == 1)
        }
    }

    @Test func afterACommitThatNobodyHeardOfItIsAnswered() async throws {
        try await Shop.run { shop in
            let key = try shop.key()
            shop.store.fails(.unknown)
            await #expect(throws: MemoryOrderStore.Failed()) { try await shop.place(key: key) }
            shop.store.fails(nil)
            #expect(try await shop.place(key: key).isReplayed)
            #expect(shop.store.orders.count == 1 && shop.store.events.count == 1)
        }
    }

    @Test func anOrderThatIsKnownIsAnsweredWithoutInventory() async throws {
        try await Shop.run { shop in
            let key = try shop.key()
            let first = try await shop.place(key: key)
            shop.inventory.fails(.reserve, by: .unreachable)
            #expect(try await shop.place(key: key).order == first.order)
        }
    }

    @Test func anotherRequestUnderItsKeyIsRefused() async throws {
        try await Shop.run { shop in
            let other = [WantedItem(productID: "B", quantity: 1)]
            let first = try await shop.place(key: try shop.key()).order.orderID
            await #expect(throws: OrderError.keyReused) {
                try await shop.place(other, key: try shop.key(of: other))
            }
            // The same stock for somebody else.
            await #expect(throws: OrderError.keyReused) {
                try await shop.place(key: try shop.key(of: other))
            }
            #expect(shop.store.orders.map(\.orderID) == [first] && shop.inventory.reserved == [first])
        }
    }

    /// The first one is on its way still.
    @Test func anotherRequestUnderAKeyThatHoldsStockIsRefused() async throws {
        try await Shop.run { shop in
            let key = try shop.key()
            shop.store.fails(.notCommitted)
            await #expect(throws: MemoryOrderStore.Failed()) { try await shop.place(key: key) }
            shop.store.fails(nil)
            let other = [WantedItem(productID: "B", quantity: 1)]
            await #expect(throws: OrderError.keyReused) { try await shop.place(other, key: try shop.key(of: other)) }
            #expect(shop.store.orders.isEmpty)
        }
    }

    @Test func whatReclaimingGaveUpIsPlacedAnew() async throws {
        try await Shop.run { shop in
            let key = try shop.key()
            shop.store.fails(.notCommitted)
            await #expect(throws: MemoryOrderStore.Failed()) { try await shop.place(key: key) }
            shop.store.fails(nil)
            shop.clock.advance(by: .seconds(10))
            await shop.reclaim()
            let placed = try await shop.place(key: key)
            #expect(!placed.isReplayed && shop.store.orders.map(\.status) == [.rejected, .confirmed])
            #expect(shop.inventory.reserved == [placed.order.orderID])
            #expect(try await shop.place(key: key).order == placed.order)
        }
    }

    /// Its stock was given back before its row was written, as by somebody who knew the id.
    @Test func whatWasReleasedButNotStoredIsGivenUpForGood() async throws {
        try await Shop.run { shop in
            let key = try shop.key()
            let first = try await shop.store.keySecret().identifier(of: key, attempt: 0)
            try await shop.inventory.release([first], cause: .unknown, deadline: shop.clock.now)
            let placed = try await shop.place(key: key)
            #expect(!placed.isReplayed && placed.order.orderID != first)
            #expect(try await shop.store.order(first)?.status == .rejected)
        }
    }

    @Test func aKeyCountsForADay() async throws {
        try await Shop.run { shop in
            let key = try shop.key()
            let first = try await shop.place(key: key).order
            shop.clock.advance(by: .seconds(24 * 60 * 60) - .milliseconds(1))
            #expect(try await shop.place(key: key).isReplayed)
            shop.clock.advance(by: .milliseconds(1))
            let next = try await shop.place(key: key)
            #expect(!next.isReplayed && next.order.orderID != first.orderID)
            #expect(shop.inventory.reserved == [first.orderID, next.order.orderID])
        }
    }

    @Test func retriesAtOnceAreOneOrder() async throws {
        try await Shop.run { shop in
            let key = try shop.key()
            let answers = try await withThrowingTaskGroup(of: Bool.self) { tasks in
                for _ in 0..<50 { tasks.addTask { try await shop.place(key: key).isReplayed } }
                return try await tasks.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.count { !$0 } == 1 && shop.store.orders.count == 1)
        }
    }

    /// What an earlier version placed under a key counts, by the id that it made of the key alone.
    @Test func anOrderOfAnEarlierVersionIsAnsweredWithoutReserving() async throws {
        try await Shop.run { shop in
            let key = try shop.key()
            var order = try Order.confirmed(
                key.formerIdentifier(), customer: shop.request(Shop.items).customer,
                items: Shop.items.map { MemoryInventory.item($0) }, at: shop.clock.time)
            order.requestHash = key.request.sent
            _ = try await shop.store.confirm([ConfirmedOrder(order, traceparent: nil)])
            let answer = try await shop.place(key: key)
            #expect(answer.isReplayed && answer.order == order && shop.inventory.calls.isEmpty)
        }
    }

    /// A day after the database got its secret no order of an earlier version can count any more.
    @Test(arguments: [(86_399.0, true), (86_400, false)])
    func anEarlierVersionIsLookedForForADay(_ secretAge: Double, _ isLookedFor: Bool) async throws {
        try await Shop.run(secretAge: secretAge) { shop in
            try await shop.place(key: try shop.key())
            #expect((shop.store.formerLookUps > 0) == isLookedFor)
        }
    }
}
