import Identifiers
import Synchronization

/// The orders of one reserve call. When the last of them is decided, its batch can be closed. An order whose fate is not
/// known is never reported, so its batch stays open and what it holds is reclaimed.
final class HeldBatch: Sendable {
    let id: Identifier
    private let undecided: Mutex<Int>
    private let allDecided: @Sendable (Identifier) -> Void

    init(id: Identifier, orders: Int, allDecided: @escaping @Sendable (Identifier) -> Void) {
        self.id = id
        undecided = Mutex(orders)
        self.allDecided = allDecided
    }

    /// One more order is confirmed for good, or holds nothing for good.
    func decided() {
        let left = undecided.withLock { count in
            count -= 1
            return count
        }
        if left == 0 { allDecided(id) }
    }
}
