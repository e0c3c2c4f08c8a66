import Outbox
import TestClock
import TestDatabase
import Testing

@testable import Orders

/// What other suites stand on keeps the contract, too; but its pages end by number alone.
@Suite struct MemoryOrderStoreTests {
    @Test(arguments: OrderStoreContract.promises.filter { !$0.description.hasPrefix("pages end by") })
    func keeps(_ promise: Promise<OrderStoreContract>) async throws {
        let store = MemoryOrderStore(TestClock())
        try await promise.check(OrderStoreContract(store: store, outbox: WaitingEvents(store: store)))
    }

    /// The events of a store in memory. Nobody publishes them.
    private struct WaitingEvents: OutboxStore {
        let store: MemoryOrderStore

        func pending(limit: Int) async throws -> [OutboxRow] {
            store.events.prefix(limit).enumerated().map { OutboxRow(position: Int64($0 + 1), event: $1) }
        }
        func due(limit: Int) async throws -> [OutboxRow] { [] }
        func markPublished(_ positions: [Int64]) async throws {}
        func markRefused(_ refusals: [OutboxRefusal]) async throws {}
        func putAside(_ refusals: [OutboxRefusal]) async throws {}
        func freeAside(limit: Int) async throws -> Int { 0 }
        func backlog() async throws -> OutboxBacklog { OutboxBacklog() }
        func standing() async throws -> OutboxStanding { OutboxStanding(waiting: store.events.count) }
        func freeOrphans() async throws {}
        func removePublished(olderThan seconds: Int64, limit: Int) async throws -> Int { 0 }
    }
}
