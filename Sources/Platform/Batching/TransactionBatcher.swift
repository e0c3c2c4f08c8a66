import Deadlines

/// Gathers what is asked while a transaction runs into the next one, for a store that has to know all of it before it begins: to
/// lock rows in one order, for one. Each call asks for a list.
package struct TransactionBatcher<Request: Sendable, Outcome: Sendable>: Sendable {
    let batcher: Batcher<[Request], Result<[Outcome], any Error>>

    /// `transaction` answers one outcome for each request, in their order; what it throws every one of them gets.
    package init(
        _ name: String, limits: BatcherLimits, weight: @escaping @Sendable (Request) -> Int = { _ in 1 },
        transaction: @escaping @Sendable ([Request]) async throws -> [Outcome]
    ) {
        batcher = Batcher(
            name, limits: limits, isFollowed: true,
            hasFailed: { if case .failure = $0 { true } else { false } }, weight: { $0.reduce(0) { $0 + weight($1) } },
            process: { lists in
                do {
                    var outcomes = try await transaction(lists.flatMap(\.self))[...]
                    return lists.map { list in
                        defer { outcomes = outcomes.dropFirst(list.count) }
                        return .success(Array(outcomes.prefix(list.count)))
                    }
                } catch {
                    return lists.map { _ in .failure(error) }
                }
            })
    }

    /// Throws `BatcherFull` when too many wait, `DeadlinePassed` at the request's deadline, or what the transaction throws.
    nonisolated(nonsending) package func submit(_ requests: [Request]) async throws -> [Outcome] {
        let result: Result<[Outcome], any Error>
        do throws(BatcherFull) {
            result = try await batcher.submit(requests)
        } catch {
            throw error.reason
        }
        return try result.get()
    }
}

extension BatcherFull {
    /// What its caller is told.
    package var reason: any Error {
        if case .late(let passed) = self { passed } else { self }
    }
}
