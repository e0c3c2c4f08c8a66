@testable import Orders

/// Where nobody has to hear of the commit.
extension OrderStore {
    func confirm(_ orders: [ConfirmedOrder]) async throws -> [ConfirmOutcome] {
        try await confirm(orders, committed: {})
    }

    func move(_ moves: [MoveRequest]) async throws -> [Result<Order, OrderError>] {
        try await move(moves, committed: {})
    }
}
