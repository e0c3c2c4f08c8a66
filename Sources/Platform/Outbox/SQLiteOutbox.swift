import EventLog
import ExactText
import Identifiers
package import SQLite
import Timestamps

/// The outbox in a service's SQLite database.
package struct SQLiteOutbox: OutboxStore {
    /// For a migration of the service. Never edited: a change is another constant, for another migration.
    package static let schema = """
        CREATE TABLE outbox (
            position INTEGER PRIMARY KEY AUTOINCREMENT,
            event_id BLOB NOT NULL,
            topic TEXT NOT NULL,
            type TEXT NOT NULL,
            source TEXT NOT NULL,
            time INTEGER NOT NULL,
            subject TEXT NOT NULL,
            traceparent TEXT,
            data BLOB NOT NULL,
            published_at INTEGER,
            refused TEXT
        ) STRICT;
        CREATE INDEX outbox_pending ON outbox (position) WHERE published_at IS NULL;
        CREATE INDEX outbox_refused ON outbox (subject) WHERE refused IS NOT NULL;
        CREATE INDEX outbox_published ON outbox (published_at) WHERE published_at IS NOT NULL;
        """

    /// For a later migration of the service: a refused row is tried again. What earlier versions gave up is due at once.
    package static let tries = """
        ALTER TABLE outbox ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE outbox ADD COLUMN refused_since INTEGER;
        ALTER TABLE outbox ADD COLUMN next_try INTEGER;
        UPDATE outbox SET attempts = 1, refused_since = time, next_try = 0
            WHERE refused IS NOT NULL AND published_at IS NULL;
        DROP INDEX outbox_pending;
        DROP INDEX outbox_refused;
        CREATE INDEX outbox_turn ON outbox (position) WHERE published_at IS NULL AND next_try IS NULL;
        CREATE INDEX outbox_next_try ON outbox (next_try) WHERE next_try IS NOT NULL;
        CREATE INDEX outbox_waiting ON outbox (subject, position) WHERE next_try IS NOT NULL;
        """

    let database: SQLiteDatabase

    package init(_ database: SQLiteDatabase) {
        self.database = database
    }

    /// Adds events to the caller's transaction: they are published if, and only if, it commits.
    package static func append(_ events: [OutboxEvent], in transaction: SQLiteConnection) throws {
        guard !events.isEmpty else { return }
        var values: [SQLiteValue] = []
        values.reserveCapacity(events.count * 8)
        for entry in events {
            let event = entry.event
            values.append(.blob(event.id.bytes))
            values.append(.text(entry.topic))
            values.append(.text(event.type))
            values.append(.text(event.source))
            values.append(.integer(event.time.milliseconds))
            values.append(.text(event.subject.string))
            values.append(event.traceparent.map { .text($0) } ?? .null)
            values.append(.blob(event.data))
        }
        _ = try transaction.insert(
            into: "outbox", ["event_id", "topic", "type", "source", "time", "subject", "traceparent", "data"], values)
    }

    /// And whether their keys wait.
    static let pendingRows = """
        SELECT \(columns), EXISTS (
            SELECT 1 FROM outbox w WHERE w.subject = outbox.subject AND w.next_try IS NOT NULL)
        FROM outbox INDEXED BY outbox_turn WHERE published_at IS NULL AND next_try IS NULL ORDER BY position LIMIT ?
        """

    static let dueRows = """
        SELECT \(columns) FROM outbox
        WHERE next_try < \(OutboxPace.never) AND (next_try <= ? OR next_try > ?)
            AND NOT EXISTS (
                SELECT 1 FROM outbox w
                WHERE w.subject = outbox.subject AND w.next_try IS NOT NULL AND w.position < outbox.position)
        ORDER BY next_try LIMIT ?
        """

    package func pending(limit: Int) async throws -> [OutboxRow] {
        while true {
            let page = try await database.read { connection in
                var size = 0
                return try connection.rows(
                    Self.pendingRows, [.integer(Int64(limit))],
                    through: { (one: (row: OutboxRow, waits: Bool)) in
                        size += one.row.event.event.data.count
                        return size >= OutboxPage.bytes
                    }
                ) { (row: try Self.read($0), waits: $0.int(9) == 1) }
            }
            let waiting = page.filter(\.waits).map(\.row.position)
            if !waiting.isEmpty { try await putBehind(waiting) }
            // A page of those alone: others may come after them.
            if waiting.isEmpty || waiting.count < page.count {
                return page.filter { !$0.waits }.map(\.row)
            }
        }
    }

    /// Rows whose key waits are looked at no more until it is free.
    private func putBehind(_ positions: [Int64]) async throws {
        try await database.write { connection in
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
            var size = 0
            return try connection.rows(
                Self.dueRows, [.integer(now), .integer(now + OutboxPace.unlikely), .integer(Int64(limit))],
                through: { (row: OutboxRow) in
                    size += row.event.event.data.count
                    return size >= OutboxPage.bytes
                }, Self.read)
        }
    }

    static let columns = "position, event_id, topic, type, source, time, subject, traceparent, data"

    static func read(_ row: SQLiteRow) throws -> OutboxRow {
        guard let id = Identifier(bytes: row.blob(1)) else {
            throw SQLiteError(.corrupt, "an outbox row has an event_id of \(row.blob(1).count) bytes")
        }
        return OutboxRow(
            position: row.int(0),
            event: OutboxEvent(
                topic: row.text(2),
                event: CloudEvent(
                    id: id, type: row.text(3), source: row.text(4), time: Timestamp(milliseconds: row.int(5)),
                    subject: ExactText(row.text(6)), traceparent: row.optionalText(7), data: row.blob(8))))
    }

    package func markPublished(_ positions: [Int64]) async throws {
        let now = Timestamp.now().milliseconds
        try await database.write { connection in
            for position in positions {
                let waitedFor = try connection.first(
                    "SELECT subject FROM outbox WHERE position = ? AND next_try IS NOT NULL", [.integer(position)]
                ) { $0.text(0) }
                if let waitedFor {
                    try connection.execute(
                        """
                        UPDATE outbox INDEXED BY outbox_waiting SET next_try = NULL
                        WHERE subject = ? AND next_try = \(OutboxPace.never)
                        """, [.text(waitedFor)])
                }
                try connection.execute(
                    "UPDATE outbox SET published_at = ?, next_try = NULL, refused = NULL WHERE position = ?",
                    [.integer(now), .integer(position)])
            }
        }
    }

    package func markRefused(_ refusals: [OutboxRefusal]) async throws {
        let now = Timestamp.now().milliseconds
        try await database.write { connection in
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

    package func backlog() async throws -> OutboxBacklog {
        try await database.read { connection in
            let refused = try connection.first(
                "SELECT count(*), min(refused_since) FROM outbox WHERE next_try < \(OutboxPace.never)"
            ) { (count: $0.int(0), since: $0.optionalInt(1)) }
            let behind = try connection.first(
                "SELECT count(*) FROM outbox WHERE next_try = \(OutboxPace.never)"
            ) { $0.int(0) }
            return OutboxBacklog(
                refused: Int(refused?.count ?? 0), behind: Int(behind ?? 0),
                since: (refused?.since).map { Timestamp(milliseconds: $0) })
        }
    }

    package func freeOrphans() async throws {
        try await database.write { connection in
            try connection.execute(
                """
                UPDATE outbox SET next_try = NULL WHERE next_try = \(OutboxPace.never) AND NOT EXISTS (
                    SELECT 1 FROM outbox w WHERE w.subject = outbox.subject AND w.next_try < \(OutboxPace.never))
                """)
        }
    }

    package func removePublished(olderThan seconds: Int64, limit: Int) async throws -> Int {
        let before = Timestamp.now().milliseconds - seconds * 1_000
        return try await database.write { connection in
            try connection.execute(
                """
                DELETE FROM outbox WHERE position IN (
                    SELECT position FROM outbox WHERE published_at < ? ORDER BY published_at LIMIT ?)
                """, [.integer(before), .integer(Int64(limit))])
            return connection.changes
        }
    }
}

extension SQLiteOutbox: OutboxReader, OutboxRetry {
    package func entries(after position: Int64, limit: Int) async throws -> [OutboxEntry] {
        try await database.read { try Self.entries(after: position, limit: limit, in: $0) }
    }

    package static func entries(
        after position: Int64, limit: Int, in connection: SQLiteConnection
    ) throws -> [OutboxEntry] {
        try connection.rows(
            "SELECT \(entryColumns) FROM outbox WHERE position > ? ORDER BY position LIMIT ?",
            [.integer(position), .integer(Int64(clamping: limit))], readEntry)
    }

    private static let entryColumns = "\(columns), published_at IS NOT NULL, refused, refused_since, attempts, next_try"

    private static func readEntry(_ row: SQLiteRow) throws -> OutboxEntry {
        OutboxEntry(
            row: try read(row), isPublished: row.int(9) == 1, reason: row.optionalText(10), since: row.optionalInt(11),
            tries: row.int(12), nextTry: row.optionalInt(13))
    }

    package func refused(key: String?, limit: Int) async throws -> [(entry: OutboxEntry, behind: Int)] {
        try await database.read { connection in
            try connection.rows(
                """
                SELECT \(Self.entryColumns), (
                    SELECT count(*) FROM outbox w
                    WHERE w.subject = outbox.subject AND w.next_try IS NOT NULL AND w.position > outbox.position)
                FROM outbox WHERE next_try < \(OutboxPace.never) \(key == nil ? "" : "AND subject = ?")
                ORDER BY next_try LIMIT ?
                """, (key.map { [.text($0)] } ?? []) + [.integer(Int64(clamping: limit))]
            ) { (try Self.readEntry($0), Int($0.int(14))) }
        }
    }

    package func oldestPending() async throws -> OutboxRow? {
        try await database.read { connection in
            try connection.rows(
                """
                SELECT \(Self.columns) FROM outbox WHERE published_at IS NULL AND next_try IS NULL
                ORDER BY position LIMIT 1
                """, [], Self.read
            ).first
        }
    }

    package func retry(key: String?) async throws -> Int {
        try await database.write { connection in
            try connection.execute(
                """
                UPDATE outbox SET next_try = 0
                WHERE next_try < \(OutboxPace.never) \(key == nil ? "" : "AND subject = ?")
                """, key.map { [.text($0)] } ?? [])
            return connection.changes
        }
    }
}
