import Batching
import ServiceHost

/// Gathers moves that arrive while a transaction runs into the next one.
package struct OrderMoves: Sendable {
    private let batcher: Batcher<MoveRequest, Result<Result<Order, OrderError>, any Error>>

    package init(store: any OrderStore, maximumWaiting: Int, committed: @escaping @Sendable () -> Void) {
        batcher = Batcher(
            "move",
            limits: .init(
                maximumRequests: 256, maximumWeight: 256, maximumWaiting: maximumWaiting, concurrency: 1)
        ) { requests in
            do {
                let outcomes = try await store.move(requests)
                committed()
                return outcomes.map { .success($0) }
            } catch {
                return requests.map { _ in .failure(error) }
            }
        }
    }

    /// Throws an `OrderError`, a `Problem` when too many wait, or the store's error.
    package func move(_ request: MoveRequest) async throws -> Order {
        do {
            return try await batcher.submit(request).get().get()
        } catch is BatcherFull {
            throw Problem.tooBusy
        }
    }

    package func close() async { await batcher.close() }
}
