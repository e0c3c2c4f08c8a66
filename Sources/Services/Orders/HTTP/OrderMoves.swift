import Batching
import ServiceHost

/// Gathers moves that arrive while a transaction runs into the next one.
package struct OrderMoves: Sendable {
    private let batcher: TransactionBatcher<MoveRequest, Result<Order, OrderError>>

    package init(store: any OrderStore, maximumWaiting: Int, committed: @escaping @Sendable () -> Void) {
        batcher = TransactionBatcher(
            "move",
            limits: .init(maximumRequests: 256, maximumWeight: 256, maximumWaiting: maximumWaiting, concurrency: 1)
        ) { requests in
            let outcomes = try await store.move(requests)
            committed()
            return outcomes
        }
    }

    /// Throws an `OrderError`, a `Problem` when too many wait, or the store's error.
    package func move(_ request: MoveRequest) async throws -> Order {
        try await batcher.submit(request).get()
    }

    package func close() async { await batcher.close() }
}
