internal import Pacing
internal import Synchronization
package import Timestamps

/// A clock that stands still until a test moves it. Who sleeps by it wakes when its time has come.
package final class TestClock: ServiceClock {
    private struct Sleeper {
        let until: ContinuousClock.Instant
        let continuation: CheckedContinuation<Void, any Error>
    }
    private struct State {
        var now = ContinuousClock.now
        var time: Timestamp
        var sleepers: [Int: Sleeper] = [:]
        var onlookers = Onlookers()
        var turn = 0
    }
    private let state: Mutex<State>

    package init(_ time: Timestamp = .now()) {
        state = Mutex(State(time: time))
    }

    package var now: ContinuousClock.Instant { state.withLock { $0.now } }
    package var time: Timestamp { state.withLock { $0.time } }

    package func sleep(for duration: Duration) async throws {
        let turn = state.withLock { state in
            state.turn += 1
            return state.turn
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let onlookers: [Onlookers.Continuation]? = state.withLock { state in
                    guard !Task.isCancelled, duration > .zero else { return nil }
                    state.sleepers[turn] = Sleeper(until: state.now + duration, continuation: continuation)
                    return state.onlookers.satisfied(by: state.sleepers.count)
                }
                guard let onlookers else {
                    return continuation.resume(with: Result { try Task.checkCancellation() })
                }
                for one in onlookers { one.resume() }
            }
        } onCancel: {
            state.withLock { $0.sleepers.removeValue(forKey: turn) }?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Returns when so many sleep, or more.
    package func sleepers(_ count: Int = 1) async {
        await Onlookers.wait { continuation in
            state.withLock { $0.onlookers.isSatisfied(by: $0.sleepers.count, for: count, continuation) }
        }
    }

    /// Moves on, and wakes who has slept for long enough, in the order of their times.
    package func advance(by duration: Duration) {
        let awake = state.withLock { state in
            state.now += duration
            state.time = state.time.advanced(bySeconds: duration / .seconds(1))
            let awake = state.sleepers.filter { $0.value.until <= state.now }
            for turn in awake.keys { state.sleepers[turn] = nil }
            return awake.sorted { ($0.value.until, $0.key) < ($1.value.until, $1.key) }
        }
        for (_, sleeper) in awake { sleeper.continuation.resume() }
    }
}
