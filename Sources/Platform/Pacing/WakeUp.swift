internal import ConnectionThreads
import Synchronization

/// Wakes one waiting task. A signal given while nobody waits is kept for the next wait, once.
package final class WakeUp: Sendable {
    private struct State {
        var signalled = false
        var waiting: CheckedContinuation<Void, Never>?
        /// Counts the waits, so that a deadline ends its own wait and no later one.
        var turn = 0
    }
    private let state = Mutex(State())

    package init() {}

    /// From any thread; never waits.
    package func signal() {
        let waiting = state.withLock { state in
            if state.waiting == nil { state.signalled = true }
            return state.waiting.take()
        }
        waiting?.resume()
    }

    /// Returns when signalled. One task may wait at a time.
    package func wait() async {
        await withCheckedContinuation { _ = enter($0) }
    }

    /// Returns when signalled, at the latest after `duration`.
    package func wait(atMost duration: Duration, by clock: any ServiceClock = SystemClock()) async {
        if clock is SystemClock, let thread = WorkThread.current { return await wait(atMost: duration, on: thread) }
        let alarm = Mutex<Task<Void, Never>?>(nil)
        await withCheckedContinuation { continuation in
            guard let turn = enter(continuation) else { return }
            let task = Task {
                // Cancelled: the signal came first.
                guard (try? await clock.sleep(for: duration)) != nil else { return }
                self.endWait(turn)
            }
            alarm.withLock { $0 = task }
        }
        alarm.withLock { $0?.cancel() }
    }

    /// By a timer of the thread, which wakes no other.
    private func wait(atMost duration: Duration, on thread: WorkThread) async {
        var timer: Int?
        await withCheckedContinuation { continuation in
            guard let turn = enter(continuation) else { return }
            timer = thread.call(after: duration) { self.endWait(turn) }
        }
        if let timer { thread.cancel(timer) }
    }

    /// The turn of the wait that begins; nil when a kept signal ended it at once.
    private func enter(_ continuation: CheckedContinuation<Void, Never>) -> Int? {
        let turn: Int? = state.withLock { state in
            if state.signalled {
                state.signalled = false
                return nil
            }
            state.turn += 1
            state.waiting = continuation
            return state.turn
        }
        if turn == nil { continuation.resume() }
        return turn
    }

    private func endWait(_ turn: Int) {
        let waiting = state.withLock { $0.turn == turn ? $0.waiting.take() : nil }
        waiting?.resume()
    }
}
