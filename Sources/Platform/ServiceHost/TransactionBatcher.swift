package import Batching
internal import Deadlines

/// Gathers the requests that arrive while a transaction runs into the next one.
package struct TransactionBatcher<Request: Sendable, Outcome: Sendable>: Sendable {
    private let batcher: Batcher<Request, Result<Outcome, any Error>>

    /// `transaction` answers one outcome for each request, in their order; what it throws every one of them gets.
    package init(
        _ name: String, limits: BatcherLimits, weight: @escaping @Sendable (Request) -> Int = { _ in 1 },
        transaction: @escaping @Sendable ([Request]) async throws -> [Outcome]
    ) {
        batcher = Batcher(name, limits: limits, weight: weight) { requests in
            do {
                return try await transaction(requests).map { .success($0) }
            } catch {
                return requests.map { _ in .failure(error) }
            }
        }
    }

    /// Throws `Problem.tooBusy` when too many wait, `DeadlinePassed` at the request's deadline, or what the transaction
    /// throws.
    nonisolated(nonsending) package func submit(_ request: Request) async throws -> Outcome {
        let result: Result<Outcome, any Error>
        do throws(BatcherFull) {
            result = try await batcher.submit(request)
        } catch {
            throw error.reason
        }
        return try result.get()
    }

    /// Refuses what comes from now on, and returns when everything that was accepted is finished.
    package func close() async { await batcher.close() }
}

extension BatcherFull {
    /// What its caller is told.
    package var reason: any Error {
        switch self {
        case .full, .closed: Problem.tooBusy
        case .late(let passed): passed
        }
    }
}
