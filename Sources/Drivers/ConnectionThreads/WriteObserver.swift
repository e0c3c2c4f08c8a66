internal import Synchronization

/// What a transaction that writes took.
package struct WriteTimes: Sendable, Hashable {
    /// From when it was asked for until it was begun; of several that share it, of the first.
    package var wait: Duration
    /// What was done in it.
    package var run: Duration
    package var commit: Duration
    /// How many shared it.
    package var writes: Int

    package init(wait: Duration, run: Duration, commit: Duration, writes: Int) {
        self.wait = wait
        self.run = run
        self.commit = commit
        self.writes = writes
    }
}

/// Hears of each transaction that writes, on the thread that does it.
package final class WriteObserver: Sendable {
    /// Around the closure, for a `Mutex` of a closure itself wraps it once more at each access: it takes ever longer to call, until the
    /// stack is used up.
    private struct Listener {
        let hear: @Sendable (WriteTimes) -> Void
    }

    private let listener = Mutex<Listener?>(nil)

    package init() {}

    package func set(_ hear: @escaping @Sendable (WriteTimes) -> Void) {
        listener.withLock { $0 = Listener(hear: hear) }
    }

    package func note(_ times: WriteTimes) { listener.withLock { $0 }?.hear(times) }
}
