package import EventLog
package import Timestamps

/// An event that waits in a service's database until the log has it.
package struct OutboxEvent: Sendable, Hashable {
    package var topic: String
    package var event: CloudEvent

    package init(topic: String, event: CloudEvent) {
        self.topic = topic
        self.event = event
    }
}

/// An outbox row.
package struct OutboxRow: Sendable, Hashable {
    /// A number that the database gives; rows of one key stand in the order of their transactions.
    package var position: Int64
    package var event: OutboxEvent

    package init(position: Int64, event: OutboxEvent) {
        self.position = position
        self.event = event
    }
}

/// A row that the log has just refused.
package struct OutboxRefusal: Sendable, Hashable {
    package var position: Int64
    /// For people.
    package var reason: String

    package init(position: Int64, reason: String) {
        self.position = position
        self.reason = reason
    }
}

/// What waits because the log refuses it.
package struct OutboxBacklog: Sendable, Hashable {
    /// Events that it refused when they were last tried, each the first of its key.
    package var refused = 0
    /// Later events of these keys.
    package var behind = 0
    /// When the first of them was refused for the first time.
    package var since: Timestamp?

    package init(refused: Int = 0, behind: Int = 0, since: Timestamp? = nil) {
        self.refused = refused
        self.behind = behind
        self.since = since
    }
}

/// Where the relay finds what is to be published.
///
/// A row is in one of three places. It is its turn when its position comes; or the log has refused it, and there is a time
/// from which it is tried again; or it stands behind such a row of its key, and nobody looks at it until that one is
/// published. Each place has an index, so that those who wait cost the others nothing.
package protocol OutboxStore: Sendable {
    /// The oldest rows whose turn it is; fewer than `limit` where they are large, see `OutboxPage`.
    func pending(limit: Int) async throws -> [OutboxRow]

    /// Rows that the log has refused and that are to be tried again now, those that were due first before others; of each
    /// key only the first. As large a page at most.
    func due(limit: Int) async throws -> [OutboxRow]

    /// The log has exactly these rows. It is the turn of what stood behind them.
    func markPublished(_ positions: [Int64]) async throws

    /// The log refuses these rows, as they are and as it is set. They are tried again after a while that grows with their
    /// tries, up to `OutboxPace.longest`; what comes after them for their keys waits.
    func markRefused(_ refusals: [OutboxRefusal]) async throws

    func backlog() async throws -> OutboxBacklog

    /// It is the turn of rows that stand behind none: somebody removed the one that they waited for.
    func freeOrphans() async throws

    /// Removes up to `limit` rows published more than `seconds` ago; answers how many.
    func removePublished(olderThan seconds: Int64, limit: Int) async throws -> Int
}

/// How much of an outbox is in memory at a time. An order of a thousand lines has two thirds of a megabyte, twice while it is
/// sent.
enum OutboxPage {
    /// Bytes of data. The row that goes beyond it is the last.
    static let bytes = 4 << 20
}

/// When a refused row is tried again.
enum OutboxPace {
    /// Milliseconds.
    static let longest: Int64 = 60_000
    /// A time of the next try that is further away than this was written when the clock was wrong.
    static let unlikely: Int64 = 5 * longest
    /// No time: the row stands behind another.
    static let never = Int64.max

    /// An SQL expression, the same in both engines: 1 s after the first try, then 2, 4, … and `longest` in the end.
    /// `attempts`: how often it was refused before.
    static let delay = """
        CASE attempts WHEN 0 THEN 1000 WHEN 1 THEN 2000 WHEN 2 THEN 4000 WHEN 3 THEN 8000 WHEN 4 THEN 16000
            WHEN 5 THEN 32000 ELSE \(longest) END
        """
}
