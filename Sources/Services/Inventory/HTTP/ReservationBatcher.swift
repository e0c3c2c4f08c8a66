import Batching
package import InventoryAPI
import ServiceHost

/// Gathers the reserve calls that arrive while a transaction runs into the next one.
package struct ReservationBatcher: Sendable {
    private struct Call: Sendable {
        var call: ReserveCall
        var traceparent: String?
    }

    private let batcher: TransactionBatcher<Call, [ReservationOutcome]>

    package init(store: any InventoryStore, maximumWaiting: Int, committed: @escaping @Sendable () -> Void) {
        batcher = TransactionBatcher(
            "reservations",
            limits: .init(
                maximumRequests: 64, maximumWeight: 2 * ReserveCall.maximumLines, maximumWaiting: maximumWaiting,
                concurrency: 1),
            weight: { call in call.call.reservations.reduce(0) { $0 + $1.items.count } }
        ) { calls in
            let outcomes = try await store.reserve(calls.map(\.call), traceparents: calls.map(\.traceparent))
            committed()
            return outcomes
        }
    }

    /// Throws a `Problem` when too many wait, or the store's error.
    package func reserve(_ call: ReserveCall, traceparent: String?) async throws -> [ReservationOutcome] {
        try await batcher.submit(Call(call: call, traceparent: traceparent))
    }

    package func close() async { await batcher.close() }
}
