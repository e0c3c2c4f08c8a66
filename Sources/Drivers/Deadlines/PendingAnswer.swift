internal import Synchronization

/// Not inside of `PendingAnswer`: what stands in a generic type is looked up at each use.
private enum Stage: UInt8, AtomicRepresentable { case waiting, begun, answered }

/// An answer that somebody waits for, until a deadline at most. Of the answer and the deadline the first counts.
package final class PendingAnswer<Value: Sendable>: Sendable {
    private let stage = Atomic(Stage.waiting)
    private let continuation: UnsafeContinuation<Value, Never>
    private let isWatched: Bool

    fileprivate init(_ continuation: UnsafeContinuation<Value, Never>, isWatched: Bool) {
        self.continuation = continuation
        self.isWatched = isWatched
    }

    /// To be asked before the work begins. False: nobody waits any more, and it is not to be done.
    package func begin() -> Bool {
        stage.compareExchange(expected: .waiting, desired: .begun, ordering: .acquiringAndReleasing).exchanged
    }

    /// Whether somebody waits still.
    package var isAwaited: Bool { stage.load(ordering: .acquiring) != .answered }

    /// Answers whoever waits; after the deadline it does nothing.
    package func give(_ value: Value) {
        guard stage.exchange(.answered, ordering: .acquiringAndReleasing) != .answered else { return }
        if isWatched { DeadlineWatch.shared.remove(self) }
        continuation.resume(returning: value)
    }

    /// The deadline has come.
    fileprivate func end(_ late: (DeadlinePassed) -> Value) {
        let before = stage.exchange(.answered, ordering: .acquiringAndReleasing)
        guard before != .answered else { return }
        continuation.resume(returning: late(DeadlinePassed(wasBegun: before == .begun)))
    }
}

extension PendingAnswer {
    /// Waits for what `ask` sees to being given, until `deadline` at most; nil: for as long as it takes.
    ///
    /// - Parameter late: what to answer when the deadline comes first, up to a tenth of a second after it.
    nonisolated(nonsending) package static func wait(
        until deadline: ContinuousClock.Instant?, late: @escaping @Sendable (DeadlinePassed) -> Value,
        _ ask: (PendingAnswer) -> Void
    ) async -> Value {
        await withUnsafeContinuation { continuation in
            let answer = PendingAnswer(continuation, isWatched: deadline != nil)
            if let deadline { DeadlineWatch.shared.add(answer, deadline) { answer.end(late) } }
            ask(answer)
        }
    }
}

/// Ends what is overdue, by a task that looks ten times a second while there is something to wait for.
final class DeadlineWatch: Sendable {
    static let shared = DeadlineWatch()

    private struct Entry {
        let deadline: ContinuousClock.Instant
        let end: @Sendable () -> Void
    }
    private struct State {
        var entries: [ObjectIdentifier: Entry] = [:]
        var isLooking = false
    }
    private let state = Mutex(State())
    private static let every: Duration = .milliseconds(100)

    func add(_ answer: AnyObject, _ deadline: ContinuousClock.Instant, _ end: @escaping @Sendable () -> Void) {
        let mustLook = state.withLock { state in
            state.entries[ObjectIdentifier(answer)] = Entry(deadline: deadline, end: end)
            defer { state.isLooking = true }
            return !state.isLooking
        }
        if mustLook { Task.detached { await self.look() } }
    }

    func remove(_ answer: AnyObject) {
        state.withLock { _ = $0.entries.removeValue(forKey: ObjectIdentifier(answer)) }
    }

    private func look() async {
        while true {
            try? await Task.sleep(for: Self.every)
            let now = ContinuousClock.now
            let (overdue, isDone) = state.withLock { state in
                let overdue = state.entries.filter { $0.value.deadline <= now }
                for key in overdue.keys { state.entries[key] = nil }
                state.isLooking = !state.entries.isEmpty
                return (overdue.values.map(\.end), state.entries.isEmpty)
            }
            for end in overdue { end() }
            if isDone { return }
        }
    }
}
