import Synchronization

/// Room for what tests start: all of them run at once, and would stand in each other's way until deadlines pass. Who comes
/// first is served first.
package final class Slots: Sendable {
    /// On the machine for processes: a shop takes 1, a broker 2, a cluster 4. What all tests share takes none.
    package static let machine = Slots(all)
    package static let all = 5
    /// In the PostgreSQL server for tests that have databases of their own: each makes 8 connections, and 300 is all it takes.
    package static let databases = Slots(16)

    private struct State {
        var free: Int
        var waiting: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }
    private let state: Mutex<State>

    private init(_ count: Int) {
        state = Mutex(State(free: count))
    }

    package func take(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                if state.waiting.isEmpty, state.free >= count {
                    state.free -= count
                    return true
                }
                state.waiting.append((count, continuation))
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    package func give(_ count: Int) {
        let next = state.withLock { state in
            state.free += count
            var next: [CheckedContinuation<Void, Never>] = []
            while let first = state.waiting.first, first.count <= state.free {
                state.free -= first.count
                next.append(first.continuation)
                state.waiting.removeFirst()
            }
            return next
        }
        for continuation in next { continuation.resume() }
    }
}
