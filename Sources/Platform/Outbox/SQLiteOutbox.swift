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

    package func pending(limit: Int) async throws -> [OutboxRow] {
        try await database.read { connection in
            try connection.rows(
                """
                SELECT \(Self.columns) FROM outbox
                WHERE published_at IS NULL AND refused IS NULL
                    AND subject NOT IN (SELECT subject FROM outbox WHERE refused IS NOT NULL)
                ORDER BY position LIMIT ?
                """, [.integer(Int64(limit))], Self.read)
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
                try connection.execute(
                    "UPDATE outbox SET published_at = ? WHERE position = ?", [.integer(now), .integer(position)])
            }
        }
    }

    package func markRefused(_ position: Int64, reason: String) async throws {
        try await database.write { connection in
            try connection.execute(
                "UPDATE outbox SET refused = ? WHERE position = ?", [.text(reason), .integer(position)])
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
