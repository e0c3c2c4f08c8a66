internal import Synchronization

/// Lets everybody pass until it is shut, and from then on holds who comes until it is opened.
package final class Gate: Sendable {
    private struct State {
        var isShut = false
        var held: [CheckedContinuation<Void, Never>] = []
        var onlookers = Onlookers()
    }
    private let state = Mutex(State())

    package init() {}

    package var isShut: Bool { state.withLock { $0.isShut } }

    package func shut() { state.withLock { $0.isShut = true } }

    package func open() {
        let freed = state.withLock { state in
            state.isShut = false
            defer { state.held = [] }
            return state.held
        }
        for one in freed { one.resume() }
    }

    package func pass() async {
        await withCheckedContinuation { continuation in
            let onlookers: [Onlookers.Continuation]? = state.withLock { state in
                guard state.isShut else { return nil }
                state.held.append(continuation)
                return state.onlookers.satisfied(by: state.held.count)
            }
            guard let onlookers else { return continuation.resume() }
            for one in onlookers { one.resume() }
        }
    }

    /// Returns when it holds so many, or more.
    package func holds(_ count: Int = 1) async {
        await Onlookers.wait { continuation in
            state.withLock { $0.onlookers.isSatisfied(by: $0.held.count, for: count, continuation) }
        }
    }
}
