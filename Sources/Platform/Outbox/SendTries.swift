import Synchronization

/// How often rows of recorded traces were sent in vain. A log that is away is asked again every second or more often: each of these rows
/// has one span for that, once it is there, which says when the first try began and how many there were.
final class SendTries: Sendable {
    private struct Vain {
        var count: Int
        /// Nanoseconds since 1970.
        var since: UInt64
    }

    /// Rows; of more than that the tries are not counted.
    private static let most = 1_000
    private let vain = Mutex<[Int64: Vain]>([:])

    /// The log has not taken this row, whose try began then.
    func failed(_ position: Int64, since began: UInt64) {
        vain.withLock { vain in
            if vain[position] == nil, vain.count >= Self.most { vain.removeAll() }
            vain[position, default: Vain(count: 0, since: began)].count += 1
        }
    }

    /// The log has taken it. The tries before this one, and when the first began; nil: it is the first.
    func succeeded(_ position: Int64) -> (count: Int, since: UInt64)? {
        guard let one = vain.withLock({ $0.removeValue(forKey: position) }) else { return nil }
        return (one.count, one.since)
    }
}
