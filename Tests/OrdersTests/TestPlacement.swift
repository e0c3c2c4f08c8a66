import Causes
import ExactText
import Idempotency
import Identifiers
import InventoryAPI
import Outbox
import Shop
import Synchronization
import Telemetry
import TestClock
import Testing

@testable import Orders

/// Placement and reclaiming over an inventory and a store in memory, at a time that the test moves.
struct TestPlacement {
    let clock: TestClock
    let inventory: MemoryInventory
    let store: MemoryOrderStore
    let placement: OrderPlacement
    let commits: Tally
    let metrics: Metrics

    /// How often the relay was told that there is something to publish.
    final class Tally: Sendable {
        private let counted = Atomic(0)
        var count: Int { counted.load(ordering: .relaxed) }
        func add() { counted.add(1, ordering: .relaxed) }
    }

    /// - Parameters:
    ///   - secretAge: for how many seconds the database has had its secret
    ///   - page: reservations on a page of those in open batches
    ///   - answer: see `MemoryInventory`
    static func run(
        secretAge: Double = 0, page: Int = 200, maximumWaiting: Int = 100,
        answer: @escaping @Sendable (ReserveCall.Reservation) -> ReservationOutcome? = { _ in nil },
        _ body: (TestPlacement) async throws -> Void
    ) async throws {
        let clock = TestClock()
        let inventory = MemoryInventory(clock, page: page, answer: answer)
        let store = MemoryOrderStore(clock, secretAge: secretAge)
        let commits = Tally()
        let placement = OrderPlacement(
            inventory: inventory, store: store, secret: try await store.keySecret(), clock: clock,
            maximumWaiting: maximumWaiting, logger: .silent, committed: { commits.add() })
        let test = TestPlacement(
            clock: clock, inventory: inventory, store: store, placement: placement, commits: commits,
            metrics: Metrics())
        do {
            try await body(test)
        } catch {
            test.open()
            await placement.stop()
            throw error
        }
        test.open()
        await placement.stop()
    }

    private func open() {
        inventory.reserving.open()
        store.confirming.open()
    }

    static let items = [WantedItem(productID: "A", quantity: 2)]

    func key(_ text: String = "k", of items: [WantedItem] = items) throws -> IdempotencyKey {
        try #require(
            IdempotencyKey(
                header: text, route: "POST /orders",
                request: RequestFingerprint(
                    method: "POST", path: "/orders", body: Array("\(items)".utf8), route: "POST /orders",
                    values: request(items).values)))
    }

    func request(_ items: [WantedItem]) -> OrderRequest {
        OrderRequest(customer: .init(name: "Ada", email: "ada@example.com", phone: nil), items: items)
    }

    /// A request that says more than its lines.
    func place(_ request: OrderRequest, key: IdempotencyKey? = nil) async throws -> OrderPlacement.PlacedOrder {
        try await placement.place(request, key: key, cause: .unknown)
    }

    @discardableResult func place(
        _ items: [WantedItem] = items, key: IdempotencyKey? = nil
    ) async throws -> OrderPlacement.PlacedOrder {
        try await placement.place(request(items), key: key, cause: .unknown)
    }

    /// Reclaims as a service does, every two seconds, until it has looked `times` times.
    func reclaim(times: Int = 1, lease: any Lease = SoleLease()) async {
        let reclaiming = Reclaiming(
            inventory: inventory, store: store, lease: lease, clock: clock, metrics: metrics, logger: .silent,
            committed: { commits.add() })
        reclaiming.start()
        for _ in 1..<max(times, 1) {
            await clock.sleepers()
            clock.advance(by: .seconds(2))
        }
        await clock.sleepers()
        await reclaiming.stop()
    }
}
