import ExactText
import Identifiers
import InventoryAPI
import Outbox
import Shop
import Synchronization
import Telemetry
import TestClock
import Testing

@testable import Orders

/// What becomes of stock that was held for orders of which nobody heard.
@Suite(.timeLimit(.minutes(5))) struct ReclaimingTests {
    private typealias Shop = TestPlacement

    /// A request that is interrupted between reserving and confirming; answers its order's id.
    private func interrupted(_ shop: Shop) async throws -> Identifier {
        shop.store.fails(.notCommitted)
        await #expect(throws: MemoryOrderStore.Failed()) { try await shop.place() }
        shop.store.fails(nil)
        return try #require(shop.inventory.calls.last?.reservations.last?.orderID)
    }

    @Test func anInterruptedOrderIsRejectedBeforeItsStockIsGivenBack() async throws {
        try await Shop.run { shop in
            let id = try await interrupted(shop)
            shop.clock.advance(by: .seconds(10))
            shop.store.fails(.notCommitted)
            await shop.reclaim()
            #expect(shop.inventory.reserved == [id], "while its row is not there, it could still be confirmed")
            shop.store.fails(nil)
            await shop.reclaim()
            let order = try #require(try await shop.store.order(id))
            #expect(order.status == .rejected && order.reason == Order.interruptedReason)
            #expect(shop.inventory.released == [id] && shop.inventory.openBatches.isEmpty)
            #expect(shop.commits.count == 1 && shop.store.events.count == 1)
            #expect(shop.metrics.render().contains("orderlog_orders_reclaimed_total 1\n"))
        }
    }

    @Test func whatIsHeldForLessThanTenSecondsMayYetBeConfirmed() async throws {
        try await Shop.run { shop in
            let id = try await interrupted(shop)
            shop.clock.advance(by: .milliseconds(9_999))
            await shop.reclaim()
            #expect(shop.store.orders.isEmpty && shop.inventory.reserved == [id])
            // It looks again two seconds later.
            await shop.reclaim(times: 2)
            #expect(shop.inventory.released == [id])
        }
    }

    /// Its commit happened, and nobody heard of it.
    @Test func theStockOfAnOrderThatIsKnownIsSold() async throws {
        try await Shop.run { shop in
            shop.store.fails(.unknown)
            await #expect(throws: MemoryOrderStore.Failed()) { try await shop.place() }
            shop.store.fails(nil)
            shop.clock.advance(by: .seconds(10))
            await shop.reclaim()
            let order = try #require(shop.store.orders.first)
            #expect(order.status == .confirmed && shop.inventory.reserved == [order.orderID])
            #expect(shop.inventory.openBatches.isEmpty && shop.inventory.asked(.release) == 0)
            #expect(shop.store.events.count == 1)
        }
    }

    /// A reserve call whose answer was lost held stock for an order that nobody stored.
    @Test func whatALostAnswerHeldIsGivenBack() async throws {
        try await Shop.run { shop in
            shop.inventory.fails(.reserve, by: .unanswered)
            await #expect(throws: OrderError.self) { try await shop.place() }
            #expect(shop.inventory.reserved.count == 1)
            shop.clock.advance(by: .seconds(10))
            await shop.reclaim()
            #expect(shop.inventory.reserved.isEmpty && shop.store.orders.map(\.status) == [.rejected])
        }
    }

    /// Rejected, then it crashed, or inventory was away: the next look goes on there.
    @Test(arguments: [MemoryInventory.Fault.unreachable, .unanswered])
    func whatCouldNotBeGivenBackIsGivenBackLater(_ fault: MemoryInventory.Fault) async throws {
        try await Shop.run { shop in
            let id = try await interrupted(shop)
            shop.clock.advance(by: .seconds(10))
            shop.inventory.fails(.release, by: fault)
            await shop.reclaim()
            #expect(!shop.inventory.openBatches.isEmpty)
            shop.inventory.fails(.release, by: nil)
            await shop.reclaim()
            #expect(shop.inventory.released == [id] && shop.inventory.openBatches.isEmpty)
            #expect(shop.store.events.count == 1, "it is rejected once")
        }
    }

    @Test func inventoryThatIsAwayIsAskedAgain() async throws {
        try await Shop.run { shop in
            let id = try await interrupted(shop)
            shop.clock.advance(by: .seconds(10))
            shop.inventory.fails(.list, by: .unreachable)
            await shop.reclaim(times: 3)
            #expect(shop.inventory.asked(.list) == 3 && shop.inventory.reserved == [id])
            shop.inventory.fails(.list, by: nil)
            await shop.reclaim()
            #expect(shop.inventory.released == [id])
        }
    }

    /// The attempt that reclaiming gave up comes to its commit after all.
    @Test func anAttemptThatWasGivenUpIsNotConfirmed() async throws {
        try await Shop.run { shop in
            shop.store.confirming.shut()
            async let late = Result { try await shop.place().order.status }
            await shop.store.confirming.holds()
            shop.clock.advance(by: .seconds(10))
            await shop.reclaim()
            #expect(shop.inventory.reserved.isEmpty)
            shop.store.confirming.open()
            #expect(await late == .failure(.interrupted))
            #expect(shop.store.orders.map(\.status) == [.rejected] && shop.store.events.count == 1)
        }
    }

    @Test func allPagesAreReclaimed() async throws {
        try await Shop.run(page: 2) { shop in
            shop.store.fails(.notCommitted)
            for _ in 0..<5 { await #expect(throws: MemoryOrderStore.Failed()) { try await shop.place() } }
            shop.store.fails(nil)
            shop.clock.advance(by: .seconds(10))
            await shop.reclaim()
            #expect(shop.inventory.reserved.isEmpty && shop.inventory.openBatches.isEmpty)
            #expect(shop.store.orders.count == 5)
        }
    }

    @Test func oneReplicaReclaimsAtATime() async throws {
        try await Shop.run { shop in
            let id = try await interrupted(shop)
            shop.clock.advance(by: .seconds(10))
            let lease = OtherLease()
            await shop.reclaim(times: 2, lease: lease)
            #expect(shop.inventory.asked(.list) == 0 && shop.inventory.reserved == [id])
            #expect(lease.released.withLock { $0 } == 1, "who stops lets another take it")
            lease.isFree.withLock { $0 = true }
            await shop.reclaim(lease: lease)
            #expect(shop.inventory.released == [id])
        }
    }

    /// Of another replica, until it is free.
    private final class OtherLease: Lease {
        let isShared = true
        let isFree = Mutex(false)
        let released = Mutex(0)

        func hold(for seconds: Int64) async throws -> Bool { isFree.withLock { $0 } }
        func release() async throws { released.withLock { $0 += 1 } }
    }
}

extension Result where Success: Sendable, Failure == OrderError {
    /// What `body` answers or throws, where that is an `OrderError`; others are no result.
    fileprivate init(_ body: () async throws -> Success) async {
        do {
            self = .success(try await body())
        } catch {
            self = .failure(error as? OrderError ?? .unknownOrder)
        }
    }
}
