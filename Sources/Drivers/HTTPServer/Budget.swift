internal import Synchronization

/// Bytes that may be held at one time.
final class Budget: Sendable {
    /// A holding of at most this size may use all of the budget, a larger one seven eighths: a few that send much and slowly
    /// can't keep out the many that send little.
    private static let small = 16 << 10

    private let maximum: Int
    private let held = Atomic(0)

    init(_ maximum: Int) {
        self.maximum = maximum
    }

    var isFree: Bool { held.load(ordering: .relaxed) == 0 }

    /// A holding grows from `old` to `new` bytes, if there is room.
    func grow(from old: Int, to new: Int) -> Bool {
        let (_, after) = held.add(new - old, ordering: .relaxed)
        guard after > (new <= Self.small ? maximum : maximum - maximum / 8), new > old else { return true }
        held.subtract(new - old, ordering: .relaxed)
        return false
    }

    func release(_ count: Int) {
        if count > 0 { held.subtract(count, ordering: .relaxed) }
    }
}
