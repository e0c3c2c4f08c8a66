/// Where the relay finds what is to be published.
///
/// A row is in one of four places. It is its turn when its position comes; or the log has refused it, and there is a time
/// from which it is tried again; or it is put aside, for its partition takes nothing while others do; or it stands behind
/// such a row of its key, and nobody looks at it until that one is published. Each place has an index, so that those who
/// wait cost the others nothing.
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

    /// The partition of these rows takes nothing for now: nobody looks at them, nor at what comes after them for their keys,
    /// until they are freed.
    func putAside(_ refusals: [OutboxRefusal]) async throws

    /// It is the turn of up to `limit` rows that were put aside, and of what stands behind them; answers how many were aside.
    func freeAside(limit: Int) async throws -> Int

    func backlog() async throws -> OutboxBacklog

    /// Up to `OutboxStanding.most` are counted.
    func standing() async throws -> OutboxStanding

    /// It is the turn of rows that stand behind none: somebody removed the one that they waited for.
    func freeOrphans() async throws

    /// Removes up to `limit` rows published more than `seconds` ago; answers how many.
    func removePublished(olderThan seconds: Int64, limit: Int) async throws -> Int
}

/// What the two engines do each in its own way for `OutboxStore.pending`.
protocol OutboxPages: OutboxStore {
    /// The oldest rows that nobody has put anywhere else, as `pending` says; some may have come behind one that waits.
    func page(limit: Int) async throws -> [OutboxCandidate]

    /// These rows, whose keys wait, are looked at no more until their keys are free.
    func putBehind(_ positions: [Int64]) async throws
}

/// A row whose turn it may be.
struct OutboxCandidate: Sendable {
    var row: OutboxRow
    /// Whether an earlier row of its key does.
    var waits: Bool
}

extension OutboxPages {
    package func pending(limit: Int) async throws -> [OutboxRow] {
        while true {
            let page = try await page(limit: limit)
            let waiting = page.filter(\.waits).map(\.row.position)
            if !waiting.isEmpty { try await putBehind(waiting) }
            // A page of those alone: others may come after them.
            if waiting.isEmpty || waiting.count < page.count {
                return page.filter { !$0.waits }.map(\.row)
            }
        }
    }
}

/// How much of an outbox is in memory at a time. An order of a thousand lines has two thirds of a megabyte, twice while it is
/// sent.
enum OutboxPage {
    /// Bytes of data. The row that goes beyond it is the last.
    static let bytes = 4 << 20
    /// Of those who read it as a whole.
    static let rows = 1_000
}

/// When a refused row is tried again.
enum OutboxPace {
    /// Milliseconds.
    static let longest: Int64 = 60_000
    /// A time of the next try that is further away than this was written when the clock was wrong.
    static let unlikely: Int64 = 5 * longest
    /// No time: the row stands behind another.
    static let never = Int64.max
    /// No time either: the row waits for its partition. To a version that does not know of this, such a time is unlikely, so
    /// that it tries the row.
    static let aside = never - 1

    /// An SQL expression, the same in both engines: 1 s after the first try, then 2, 4, … and `longest` in the end.
    /// `attempts`: how often it was refused before.
    static let delay = """
        CASE attempts WHEN 0 THEN 1000 WHEN 1 THEN 2000 WHEN 2 THEN 4000 WHEN 3 THEN 8000 WHEN 4 THEN 16000
            WHEN 5 THEN 32000 ELSE \(longest) END
        """
}
