package import PostgreSQL

extension PostgreSQLOutbox: OutboxReader, OutboxRetry {
    package func entries(after position: Int64, limit: Int) async throws -> [OutboxEntry] {
        try await database.read { try Self.entries(after: position, limit: limit, in: $0) }
    }

    package static func entries(
        after position: Int64, limit: Int, in connection: PostgreSQLConnection
    ) throws -> [OutboxEntry] {
        try connection.run(
            """
            SELECT \(columns), \(stateNames) FROM (
                SELECT \(entryColumns), \(bytesBefore("position")) FROM outbox WHERE position > $1
                ORDER BY position LIMIT $2
            ) AS page WHERE bytes_before < \(OutboxPage.bytes) ORDER BY position
            """, [.int(position), .int(Int64(clamping: limit))]
        ).map(readEntry)
    }

    /// All of them, read page by page; of each only what `keep` makes of it is held.
    package static func allEntries<T>(
        in connection: PostgreSQLConnection, _ keep: (OutboxEntry) throws -> T
    ) throws -> [T] {
        var kept: [T] = []
        var position: Int64 = 0
        while true {
            let page = try entries(after: position, limit: OutboxPage.rows, in: connection)
            guard let last = page.last else { return kept }
            kept += try page.map(keep)
            position = last.row.position
        }
    }

    private static let stateNames = "is_published, refused, refused_since, attempts, next_try"
    private static let entryColumns =
        "\(columns), published_at IS NOT NULL AS is_published, refused, refused_since, attempts, next_try"

    private static func readEntry(_ row: PostgreSQLRow) throws -> OutboxEntry {
        let state = columnCount
        return OutboxEntry(
            row: try read(row), isPublished: row.bool(state), reason: row.optionalText(state + 1),
            since: row.optionalInt(state + 2), tries: row.int(state + 3), nextTry: row.optionalInt(state + 4))
    }

    package func refused(key: String?, limit: Int) async throws -> [(entry: OutboxEntry, behind: Int)] {
        try await database.read { connection in
            try connection.run(
                """
                SELECT \(Self.entryColumns), (
                    SELECT count(*) FROM outbox w
                    WHERE w.subject = outbox.subject AND w.next_try IS NOT NULL AND w.position > outbox.position)
                FROM outbox WHERE next_try < \(OutboxPace.never) \(key == nil ? "" : "AND subject = $2")
                ORDER BY next_try LIMIT $1
                """, [.int(Int64(clamping: limit))] + (key.map { [.text($0)] } ?? [])
            ).map { (try Self.readEntry($0), Int($0.int(Self.columnCount + 5))) }
        }
    }

    package func oldestPending() async throws -> OutboxRow? {
        try await database.read { connection in
            try connection.run(
                """
                SELECT \(Self.columns) FROM outbox WHERE published_at IS NULL AND next_try IS NULL
                ORDER BY position LIMIT 1
                """
            ).map(Self.read).first
        }
    }

    package func retry(key: String?) async throws -> Int {
        try await database.write { connection in
            try connection.run(
                """
                UPDATE outbox SET next_try = 0
                WHERE next_try < \(OutboxPace.never) \(key == nil ? "" : "AND subject = $1")
                """, key.map { [.text($0)] } ?? []
            ).changes
        }
    }
}
