import EventLog
package import Timestamps

/// An outbox row as tools see it.
package struct OutboxEntry: Sendable, Hashable {
    package var row: OutboxRow
    /// The log has it; the row is kept for a while.
    package var isPublished: Bool
    /// That the log does not take it, for now.
    package var refusal: Refusal?
    /// It waits for an earlier one of its key that the log does not take.
    package var isBehind: Bool

    /// Why it waits.
    package struct Refusal: Sendable, Hashable {
        /// What the log said last.
        package var reason: String
        /// Since when.
        package var since: Timestamp
        /// How often it was refused; 0 where it only waits for its partition.
        package var tries: Int
        /// Not before this it is tried again; nil: it waits for its partition, which takes nothing while others do.
        package var nextTry: Timestamp?
    }

    init(row: OutboxRow, isPublished: Bool, reason: String?, since: Int64?, tries: Int64, nextTry: Int64?) {
        self.row = row
        self.isPublished = isPublished
        isBehind = nextTry == OutboxPace.never
        if !isPublished, let nextTry, nextTry != OutboxPace.never {
            refusal = Refusal(
                reason: reason ?? "", since: Timestamp(milliseconds: since ?? row.event.event.time.milliseconds),
                tries: Int(clamping: tries),
                nextTry: nextTry == OutboxPace.aside ? nil : Timestamp(milliseconds: nextTry))
        }
    }
}

/// What tools read of an outbox.
package protocol OutboxReader: Sendable {
    /// The rows behind a position, published or not, up to `limit`, in the order of their positions; fewer where they are
    /// large, see `OutboxPage`.
    func entries(after position: Int64, limit: Int) async throws -> [OutboxEntry]

    /// The rows that the log does not take, up to `limit`, those first that are tried next; and how many stand behind each.
    func refused(key: String?, limit: Int) async throws -> [(entry: OutboxEntry, behind: Int)]

    func backlog() async throws -> OutboxBacklog

    /// The oldest row whose turn it is; nil when all is published but for what waits.
    func oldestPending() async throws -> OutboxRow?
}

/// What tools do to an outbox.
package protocol OutboxRetry: Sendable {
    /// What the log does not take is tried again at once, all of it or that of one key; answers how many rows that are.
    func retry(key: String?) async throws -> Int
}
