internal import ConnectionThreads
import Synchronization

/// Something that goes on in the background from `start` to `stop`.
package final class BackgroundTask: Sendable {
    private let task = Mutex<Task<Void, Never>?>(nil)

    package init() {}

    /// Once. `thread`: the name of a thread of its own, on which it may block (`WorkThread`); nil: it runs on Swift's threads.
    package func start(on thread: StaticString? = nil, _ body: @escaping @Sendable () async -> Void) {
        let task = thread.map { WorkThread.start($0, body) } ?? Task { await body() }
        self.task.withLock { $0 = task }
    }

    /// Cancels it, wakes it where it may be waiting, and waits for its end.
    package func stop(waking wakeUp: WakeUp? = nil) async {
        task.withLock { $0 }?.cancel()
        wakeUp?.signal()
        await ended()
    }

    /// Waits for its end, which somebody else has brought about.
    package func ended() async {
        await task.withLock { $0 }?.value
    }
}
