import Synchronization

/// Rows that were sent beside the relay, that the log has, and that could not be marked so yet.
final class UnmarkedSends: Sendable {
    private let positions = Mutex<Set<Int64>>([])

    var all: Set<Int64> { positions.withLock { $0 } }

    func add(_ published: [Int64]) { positions.withLock { $0.formUnion(published) } }

    func remove(_ marked: Set<Int64>) { positions.withLock { $0.subtract(marked) } }
}
