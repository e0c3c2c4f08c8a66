import Databases
import Idempotency
import Identifiers

@testable import Orders

/// Somebody else is faster: `before` runs when an order is about to be stored.
struct LateStore: OrderStore {
    let store: any OrderStore
    let before: @Sendable () async -> Void

    init(store: any OrderStore, before: @escaping @Sendable () async -> some Sendable) {
        self.store = store
        self.before = { _ = await before() }
    }

    func confirm(
        _ orders: [ConfirmedOrder], committed: @escaping @Sendable () -> Void
    ) async throws -> [ConfirmOutcome] {
        await before()
        return try await store.confirm(orders, committed: committed)
    }

    func move(
        _ moves: [MoveRequest], committed: @escaping @Sendable () -> Void
    ) async throws -> [Result<Order, OrderError>] { try await store.move(moves, committed: committed) }
    func rejectInterrupted(_ interrupted: [Order]) async throws -> [Identifier] {
        try await store.rejectInterrupted(interrupted)
    }
    func order(_ id: Identifier) async throws -> Order? { try await store.order(id) }
    func orders(formerly ids: [Identifier]) async throws -> [Identifier: Order] {
        try await store.orders(formerly: ids)
    }
    func keySecret() async throws -> KeySecret { try await store.keySecret() }
    func orders(_ filter: OrderFilter, _ page: Page) async throws -> Listed<Order> {
        try await store.orders(filter, page)
    }
}
