import Synchronization

/// What many look at is found out once for all who ask in the same moment: a thousand open pages ask the log as often as one.
final class SharedLook<Value: Sendable>: Sendable {
    private struct State {
        var look: Task<Result<Value, any Error>, Never>?
        /// Counts the changes: what was looked at before one holds no longer.
        var turn = 0
        var value: Value?
        var until = ContinuousClock.now
    }

    /// How long what was found is good for others.
    private let moment: Duration
    private let find: @Sendable () async throws -> Value
    private let state = Mutex(State())

    init(for moment: Duration = .seconds(1), _ find: @escaping @Sendable () async throws -> Value) {
        self.moment = moment
        self.find = find
    }

    /// Throws what `find` throws. That is kept for nobody who comes later.
    func value() async throws -> Value {
        let look: Task<Result<Value, any Error>, Never> = state.withLock { state in
            if let look = state.look { return look }
            if let value = state.value, state.until > .now { return Task { .success(value) } }
            let look = Task { [turn = state.turn] in
                let found: Result<Value, any Error>
                do { found = .success(try await self.find()) } catch { found = .failure(error) }
                self.note(found, turn)
                return found
            }
            state.look = look
            return look
        }
        return try await look.value.get()
    }

    private func note(_ found: Result<Value, any Error>, _ turn: Int) {
        state.withLock { state in
            guard state.turn == turn else { return }
            state.look = nil
            state.value = try? found.get()
            state.until = .now + moment
        }
    }

    /// What was found, or is just being looked for, holds no longer: something was changed.
    func forget() {
        state.withLock { state in
            (state.value, state.look) = (nil, nil)
            state.turn += 1
        }
    }
}
