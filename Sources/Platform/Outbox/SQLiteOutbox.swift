import Causes
import EventLog
import ExactText
import Identifiers
package import SQLite
import Timestamps

/// The outbox in a service's SQLite database.
package struct SQLiteOutbox: Sendable {
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

    /// For a later migration of the service: who asked for what an event tells.
    package static let callers = "ALTER TABLE outbox ADD COLUMN caller TEXT"

    /// For a later migration of the service: what the receivers of an event's trace say to each other.
    package static let traceStates = "ALTER TABLE outbox ADD COLUMN tracestate TEXT"

    let database: SQLiteDatabase

    package init(_ database: SQLiteDatabase) {
        self.database = database
    }

    /// Adds events to the caller's transaction: they are published if, and only if, it commits.
    package static func append(_ events: [OutboxEvent], in transaction: SQLiteConnection) throws {
        guard !events.isEmpty else { return }
        guard transaction.isSynced else {
            throw SQLiteError(.other, "an event whose commit a power cut can undo would be on the log all the same")
        }
        var values: [SQLiteValue] = []
        values.reserveCapacity(events.count * 10)
        for entry in events {
            let event = entry.event
            values.append(.uuid(event.id.high, event.id.low))
            values.append(.text(entry.topic))
            values.append(.text(event.type))
            values.append(.text(event.source))
            values.append(.integer(event.time.milliseconds))
            values.append(.text(event.subject.string))
            values.append(event.cause.traceparent.map { .text($0) } ?? .null)
            values.append(.blob(event.data))
            values.append(event.cause.caller.map { .text($0.text) } ?? .null)
            values.append(event.cause.tracestate.map { .text($0) } ?? .null)
        }
        _ = try transaction.insert(into: "outbox", appended, values)
    }

    private static let appended = [
        "event_id", "topic", "type", "source", "time", "subject", "traceparent", "data", "caller",
        "tracestate",
    ]

    static let columns = "position, event_id, topic, type, source, time, subject, traceparent, data, caller, tracestate"
    /// How many these are.
    static let columnCount = 11

    static func read(_ row: SQLiteRow) throws -> OutboxRow {
        guard let id = Identifier(halves: row.uuid(1)) else {
            throw SQLiteError(.corrupt, "an outbox row has an event_id of \(row.blob(1).count) bytes")
        }
        return OutboxRow(
            position: row.int(0),
            event: OutboxEvent(
                topic: row.text(2),
                event: CloudEvent(
                    id: id, type: row.text(3), source: row.text(4), time: Timestamp(milliseconds: row.int(5)),
                    subject: ExactText(row.text(6)),
                    cause: Cause(
                        traceparent: row.optionalText(7), tracestate: row.optionalText(10),
                        caller: row.optionalText(9).flatMap { CallerName($0) }),
                    data: row.blob(8))))
    }
}
