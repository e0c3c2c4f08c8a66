import PostgreSQL
import Timestamps

extension PostgreSQLOutbox: OutboxStore, OutboxPages {
    /// The first row of a row's key that waits, if any does. With its limit it is always looked up in the index; EXISTS may be
    /// answered from a list of all that wait.
    private static let firstWaiting = """
        (SELECT w.position FROM outbox w WHERE w.subject = outbox.subject AND w.next_try IS NOT NULL
            ORDER BY w.position LIMIT 1)
        """

    /// And whether their keys wait.
    static let pendingRows = """
        SELECT \(columns), waits FROM (
            SELECT \(columns), \(firstWaiting) IS NOT NULL AS waits, \(bytesBefore("position"))
            FROM outbox WHERE published_at IS NULL AND next_try IS NULL ORDER BY position LIMIT $1
        ) AS page WHERE bytes_before < \(OutboxPage.bytes) ORDER BY position
        """

    static let dueRows = """
        SELECT \(columns) FROM (
            SELECT \(columns), next_try, \(bytesBefore("next_try")) FROM outbox
            WHERE next_try < \(OutboxPace.aside)
                AND (next_try <= \(PostgreSQLClock.now) OR next_try > \(PostgreSQLClock.now) + $2)
                AND position = \(firstWaiting)
            ORDER BY next_try LIMIT $1
        ) AS page WHERE bytes_before < \(OutboxPage.bytes) ORDER BY next_try
        """

    /// The data of the rows of a page before a row, in bytes. Their lengths are known without reading them.
    static func bytesBefore(_ order: String) -> String {
        """
        sum(octet_length(data)) OVER (ORDER BY \(order) ROWS UNBOUNDED PRECEDING) - octet_length(data) AS bytes_before
        """
    }

    func page(limit: Int) async throws -> [OutboxCandidate] {
        try await database.read { connection in
            try connection.runLast([PostgreSQLStatement(Self.pendingRows, [.int(Int64(limit))])])[0].map {
                OutboxCandidate(row: try Self.read($0), waits: $0.bool(Self.columnCount))
            }
        }
    }

    /// The row that a key waits for is locked, so that another relay that is just publishing it frees these, too.
    func putBehind(_ positions: [Int64]) async throws {
        try await database.write(.unsynced) { connection in
            _ = try connection.run([
                PostgreSQLStatement(
                    """
                    SELECT 1 FROM outbox WHERE next_try < \(OutboxPace.never) AND published_at IS NULL
                        AND subject IN (SELECT subject FROM outbox WHERE position = ANY($1)) ORDER BY position FOR UPDATE
                    """, [.ints(positions)]),
                PostgreSQLStatement(
                    """
                    UPDATE outbox SET next_try = \(OutboxPace.never)
                    WHERE position = ANY($1) AND published_at IS NULL AND next_try IS NULL
                        AND \(Self.firstWaiting) IS NOT NULL
                    """, [.ints(positions)]),
            ])
        }
    }

    package func due(limit: Int) async throws -> [OutboxRow] {
        try await database.read { connection in
            let due = PostgreSQLStatement(Self.dueRows, [.int(Int64(limit)), .int(OutboxPace.unlikely)])
            return try connection.runLast([due])[0].map(Self.read)
        }
    }

    package func markPublished(_ positions: [Int64]) async throws {
        try await database.write(.unsynced) { connection in
            // The rows are locked from here on: nothing is put behind them any more.
            let published = try connection.run(
                """
                UPDATE outbox SET published_at = \(PostgreSQLClock.now), refused = NULL WHERE position = ANY($1)
                RETURNING CASE WHEN next_try IS NOT NULL THEN subject END
                """, [.ints(positions)])
            let waitedFor = published.map { $0.optionalText(0) }.compactMap(\.self)
            guard !waitedFor.isEmpty else { return }
            try connection.execute([
                PostgreSQLStatement(
                    "UPDATE outbox SET next_try = NULL WHERE subject = ANY($1) AND next_try = \(OutboxPace.never)",
                    [.texts(waitedFor)]),
                PostgreSQLStatement(
                    "UPDATE outbox SET next_try = NULL WHERE position = ANY($1) AND next_try IS NOT NULL",
                    [.ints(positions)]),
            ])
        }
    }

    package func markRefused(_ refusals: [OutboxRefusal]) async throws {
        try await database.write(.unsynced) { connection in
            try connection.execute(
                """
                UPDATE outbox SET refused = r.reason, attempts = attempts + 1,
                    next_try = \(PostgreSQLClock.now) + \(OutboxPace.delay),
                    refused_since = coalesce(refused_since, \(PostgreSQLClock.now))
                FROM unnest($1::bigint[], $2::text[]) AS r (number, reason)
                WHERE position = r.number AND published_at IS NULL
                """, [.ints(refusals.map(\.position)), .texts(refusals.map(\.reason))])
        }
    }

    package func putAside(_ refusals: [OutboxRefusal]) async throws {
        try await database.write(.unsynced) { connection in
            try connection.execute(
                """
                UPDATE outbox SET refused = r.reason, next_try = \(OutboxPace.aside),
                    refused_since = coalesce(refused_since, \(PostgreSQLClock.now))
                FROM unnest($1::bigint[], $2::text[]) AS r (number, reason)
                WHERE position = r.number AND published_at IS NULL
                """, [.ints(refusals.map(\.position)), .texts(refusals.map(\.reason))])
        }
    }

    package func freeAside(limit: Int) async throws -> Int {
        try await database.write(.unsynced) { connection in
            let freed = try connection.run(
                """
                UPDATE outbox SET next_try = NULL, refused = NULL,
                    refused_since = CASE attempts WHEN 0 THEN NULL ELSE refused_since END
                WHERE position IN (
                    SELECT position FROM outbox WHERE next_try = \(OutboxPace.aside) LIMIT $1 FOR UPDATE)
                RETURNING subject
                """, [.int(Int64(limit))]
            ).map { $0.text(0) }
            guard !freed.isEmpty else { return 0 }
            try connection.execute(
                "UPDATE outbox SET next_try = NULL WHERE subject = ANY($1) AND next_try = \(OutboxPace.never)",
                [.texts(freed)])
            return freed.count
        }
    }

    package func backlog() async throws -> OutboxBacklog {
        try await database.read { connection in
            let results = try connection.run([
                PostgreSQLStatement(
                    "SELECT count(*), min(refused_since) FROM outbox WHERE next_try < \(OutboxPace.aside)"),
                PostgreSQLStatement("SELECT count(*) FROM outbox WHERE next_try = \(OutboxPace.aside)"),
                PostgreSQLStatement("SELECT count(*) FROM outbox WHERE next_try = \(OutboxPace.never)"),
            ])
            let refused = results[0].first { (count: $0.int(0), since: $0.optionalInt(1)) }
            return OutboxBacklog(
                refused: Int(refused?.count ?? 0), aside: Int(results[1].first { $0.int(0) } ?? 0),
                behind: Int(results[2].first { $0.int(0) } ?? 0),
                since: (refused?.since).map { Timestamp(milliseconds: $0) })
        }
    }

    package func standing() async throws -> OutboxStanding {
        try await database.read { connection in
            let inTurn = "FROM outbox WHERE published_at IS NULL AND next_try IS NULL"
            let results = try connection.run([
                PostgreSQLStatement(
                    "SELECT count(*) FROM (SELECT 1 \(inTurn) ORDER BY position LIMIT \(OutboxStanding.most)) AS turn"),
                PostgreSQLStatement("SELECT time \(inTurn) ORDER BY position LIMIT 1"),
                PostgreSQLStatement(
                    """
                    SELECT count(*), min(time) FROM (
                        SELECT time FROM outbox WHERE next_try IS NOT NULL ORDER BY next_try
                        LIMIT \(OutboxStanding.most)) AS aside
                    """),
            ])
            let aside = results[2].first { (count: Int($0.int(0)), oldest: $0.optionalInt(1)) }
            return OutboxStanding(
                waiting: Int(results[0].first { $0.int(0) } ?? 0) + (aside?.count ?? 0),
                oldest: [results[1].first { $0.int(0) }, aside?.oldest].compactMap(\.self).min().map {
                    Timestamp(milliseconds: $0)
                })
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
        try await database.write(.unsynced) { connection in
            try connection.run(
                """
                DELETE FROM outbox WHERE position IN (
                    SELECT position FROM outbox WHERE published_at < \(PostgreSQLClock.now) - $1
                    ORDER BY published_at LIMIT $2 FOR UPDATE SKIP LOCKED)
                """, [.int(seconds * 1_000), .int(Int64(limit))]
            ).changes
        }
    }
}
