import EventLog
import SQLite
import Timestamps

/// What the relay writes a power cut may undo: it sends again what is not marked, and readers drop it by `ce_id`.
extension SQLiteOutbox: OutboxStore, OutboxPages {
    /// And whether their keys wait.
    static let pendingRows = """
        SELECT \(columns), EXISTS (
            SELECT 1 FROM outbox w WHERE w.subject = outbox.subject AND w.next_try IS NOT NULL)
        FROM outbox INDEXED BY outbox_turn WHERE published_at IS NULL AND next_try IS NULL ORDER BY position LIMIT ?
        """

    static let dueRows = """
        SELECT \(columns) FROM outbox
        WHERE next_try < \(OutboxPace.aside) AND (next_try <= ? OR next_try > ?)
            AND NOT EXISTS (
                SELECT 1 FROM outbox w
                WHERE w.subject = outbox.subject AND w.next_try IS NOT NULL AND w.position < outbox.position)
        ORDER BY next_try LIMIT ?
        """

    func page(limit: Int) async throws -> [OutboxCandidate] {
        try await database.read { connection in
            try connection.rows(
                Self.pendingRows, [.integer(Int64(limit))],
                upToBytes: OutboxPage.bytes, size: { (one: OutboxCandidate) in one.row.event.event.data.count }
            ) { OutboxCandidate(row: try Self.read($0), waits: $0.int(Self.columnCount) == 1) }
        }
    }

    func putBehind(_ positions: [Int64]) async throws {
        try await database.write(.unsynced) { connection in
            for position in positions {
                try connection.execute(
                    """
                    UPDATE outbox SET next_try = \(OutboxPace.never)
                    WHERE position = ? AND published_at IS NULL AND next_try IS NULL
                        AND EXISTS (SELECT 1 FROM outbox w WHERE w.subject = outbox.subject AND w.next_try IS NOT NULL)
                    """, [.integer(position)])
            }
        }
    }

    package func due(limit: Int) async throws -> [OutboxRow] {
        let now = Timestamp.now().milliseconds
        return try await database.read { connection in
            try connection.rows(
                Self.dueRows, [.integer(now), .integer(now + OutboxPace.unlikely), .integer(Int64(limit))],
                upToBytes: OutboxPage.bytes, size: { (row: OutboxRow) in row.event.event.data.count }, Self.read)
        }
    }

    package func markPublished(_ positions: [Int64]) async throws {
        let now = Timestamp.now().milliseconds
        try await database.write(.unsynced) { connection in
            for position in positions {
                // Nearly always it never waited.
                try connection.execute(
                    "UPDATE outbox SET published_at = ?, refused = NULL WHERE position = ? AND next_try IS NULL",
                    [.integer(now), .integer(position)])
                if connection.changes == 0 { try Self.markWaiting(position, now, in: connection) }
            }
        }
    }

    /// Those of its key that waited for it are free.
    private static func markWaiting(_ position: Int64, _ now: Int64, in connection: SQLiteConnection) throws {
        let waitedFor = try connection.first(
            "SELECT subject FROM outbox WHERE position = ? AND next_try IS NOT NULL", [.integer(position)]
        ) { $0.text(0) }
        guard let waitedFor else { return }
        try connection.execute(
            """
            UPDATE outbox INDEXED BY outbox_waiting SET next_try = NULL
            WHERE subject = ? AND next_try = \(OutboxPace.never)
            """, [.text(waitedFor)])
        try connection.execute(
            "UPDATE outbox SET published_at = ?, next_try = NULL, refused = NULL WHERE position = ?",
            [.integer(now), .integer(position)])
    }

    package func markRefused(_ refusals: [OutboxRefusal]) async throws {
        let now = Timestamp.now().milliseconds
        try await database.write(.unsynced) { connection in
            for refusal in refusals {
                try connection.execute(
                    """
                    UPDATE outbox SET refused = ?, attempts = attempts + 1, next_try = ? + \(OutboxPace.delay),
                        refused_since = coalesce(refused_since, ?)
                    WHERE position = ? AND published_at IS NULL
                    """, [.text(refusal.reason), .integer(now), .integer(now), .integer(refusal.position)])
            }
        }
    }

    package func putAside(_ refusals: [OutboxRefusal]) async throws {
        let now = Timestamp.now().milliseconds
        try await database.write(.unsynced) { connection in
            for refusal in refusals {
                try connection.execute(
                    """
                    UPDATE outbox SET refused = ?, refused_since = coalesce(refused_since, ?), next_try = \(OutboxPace.aside)
                    WHERE position = ? AND published_at IS NULL
                    """, [.text(refusal.reason), .integer(now), .integer(refusal.position)])
            }
        }
    }

    package func freeAside(limit: Int) async throws -> Int {
        try await database.write(.unsynced) { connection in
            let rows = try connection.rows(
                "SELECT position, subject FROM outbox WHERE next_try = \(OutboxPace.aside) ORDER BY position LIMIT ?",
                [.integer(Int64(limit))]
            ) { (position: $0.int(0), subject: $0.text(1)) }
            for row in rows {
                try connection.execute(
                    """
                    UPDATE outbox SET next_try = NULL, refused = NULL,
                        refused_since = CASE attempts WHEN 0 THEN NULL ELSE refused_since END
                    WHERE position = ?
                    """, [.integer(row.position)])
                try connection.execute(
                    """
                    UPDATE outbox INDEXED BY outbox_waiting SET next_try = NULL
                    WHERE subject = ? AND next_try = \(OutboxPace.never)
                    """, [.text(row.subject)])
            }
            return rows.count
        }
    }

    package func backlog() async throws -> OutboxBacklog {
        try await database.read { connection in
            let refused = try connection.first(
                "SELECT count(*), min(refused_since) FROM outbox WHERE next_try < \(OutboxPace.aside)"
            ) { (count: $0.int(0), since: $0.optionalInt(1)) }
            let count = { (place: Int64) in
                try connection.first("SELECT count(*) FROM outbox WHERE next_try = ?", [.integer(place)]) {
                    Int($0.int(0))
                }
            }
            return OutboxBacklog(
                refused: Int(refused?.count ?? 0), aside: try count(OutboxPace.aside) ?? 0,
                behind: try count(OutboxPace.never) ?? 0,
                since: (refused?.since).map { Timestamp(milliseconds: $0) })
        }
    }

    package func standing() async throws -> OutboxStanding {
        try await database.read { connection in
            let inTurn = "FROM outbox INDEXED BY outbox_turn WHERE published_at IS NULL AND next_try IS NULL"
            let count = try connection.first(
                "SELECT count(*) FROM (SELECT 1 \(inTurn) LIMIT \(OutboxStanding.most))", []
            ) { Int($0.int(0)) }
            let first = try connection.first("SELECT time \(inTurn) ORDER BY position LIMIT 1", []) { $0.int(0) }
            let aside = try connection.first(
                """
                SELECT count(*), min(time) FROM (
                    SELECT time FROM outbox INDEXED BY outbox_next_try WHERE next_try IS NOT NULL
                    LIMIT \(OutboxStanding.most))
                """, []
            ) { (count: Int($0.int(0)), oldest: $0.optionalInt(1)) }
            return OutboxStanding(
                waiting: (count ?? 0) + (aside?.count ?? 0),
                oldest: [first, aside?.oldest].compactMap(\.self).min().map { Timestamp(milliseconds: $0) })
        }
    }

    package func freeOrphans() async throws {
        try await database.write(.unsynced) { connection in
            try connection.execute(
                """
                UPDATE outbox SET next_try = NULL WHERE next_try = \(OutboxPace.never) AND NOT EXISTS (
                    SELECT 1 FROM outbox w WHERE w.subject = outbox.subject AND w.next_try < \(OutboxPace.never))
                """)
        }
    }

    package func removePublished(olderThan seconds: Int64, limit: Int) async throws -> Int {
        let before = Timestamp.now().milliseconds - seconds * 1_000
        return try await database.write(.unsynced) { connection in
            try connection.execute(
                """
                DELETE FROM outbox WHERE position IN (
                    SELECT position FROM outbox WHERE published_at < ? ORDER BY published_at LIMIT ?)
                """, [.integer(before), .integer(Int64(limit))])
            return connection.changes
        }
    }
}
