internal import Synchronization

/// Lets so many lines of one kind through in a second, and passes over the others.
final class LogPace: Sendable {
    private let most: Int
    private let state = Mutex<(second: ContinuousClock.Instant, count: Int)>((.now, 0))

    /// - Parameter most: lines in a second
    init(atMost most: Int) {
        self.most = most
    }

    /// Whether one more goes into the log now.
    func takes(at now: ContinuousClock.Instant = .now) -> Bool {
        state.withLock { state in
            if now - state.second >= .seconds(1) { state = (now, 0) }
            state.count += 1
            return state.count <= most
        }
    }
}
