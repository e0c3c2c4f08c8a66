import Synchronization

@testable import Outbox

/// A lease of several replicas that is held, or not, or can't be asked for, as a test says.
final class ScriptedLease: Lease {
    enum Answer { case held, othersHaveIt, away }
    struct Away: Error {}

    let isShared = true
    private let state = Mutex((answer: Answer.held, asked: 0))

    func answers(_ new: Answer) { state.withLock { $0 = (new, 0) } }

    /// How often it was asked for since the last `answers`.
    var asked: Int { state.withLock { $0.asked } }

    func hold(for seconds: Int64) async throws -> Bool {
        let answer = state.withLock { state in
            state.asked += 1
            return state.answer
        }
        if answer == .away { throw Away() }
        return answer == .held
    }

    func release() async throws {}
}
