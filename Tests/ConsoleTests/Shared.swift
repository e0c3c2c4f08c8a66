import Synchronization

/// Lets a test decide when something goes on.
final class Flag: Sendable {
    private let state = Atomic(false)

    var isUp: Bool { state.load(ordering: .acquiring) }
    func raise() { state.store(true, ordering: .releasing) }
}

/// Counts what happens, on whatever thread.
final class Counter: Sendable {
    private let count = Atomic(0)

    var value: Int { count.load(ordering: .relaxed) }
    /// One more: how many there are now.
    func next() -> Int { count.add(1, ordering: .relaxed).newValue }
}
