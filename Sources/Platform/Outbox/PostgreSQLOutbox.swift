import EventLog
import ExactText
import Identifiers
package import PostgreSQL
import Timestamps

/// The outbox in a service's PostgreSQL database.
package struct PostgreSQLOutbox: OutboxStore {
    /// For a migration of the service. Never edited: a change is another constant, for another migration.
    package static let schema = """
        CREATE TABLE outbox (
            position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            event_id uuid NOT NULL,
            topic text NOT NULL,
            type text NOT NULL,
            source text NOT NULL,
            time bigint NOT NULL,
            subject text COLLATE "C" NOT NULL,
            traceparent text,
            data bytea NOT NULL,
            published_at bigint,
            refused text
        );
        CREATE INDEX outbox_pending ON outbox (position) WHERE published_at IS NULL;
        CREATE INDEX outbox_refused ON outbox (subject) WHERE refused IS NOT NULL;
        CREATE INDEX outbox_published ON outbox (published_at) WHERE published_at IS NOT NULL;
        """

    let database: PostgreSQLDatabase

    package init(_ database: PostgreSQLDatabase) {
        self.database = database
    }

    /// Adds events to the caller's transaction, in their order: they are published if, and only if, it commits.
    package static func append(_ events: [OutboxEvent], in transaction: PostgreSQLConnection) throws {
        _ = try transaction.run(appending(events))
    }

    /// The same, to be run together with other statements; none for no events.
    package static func appending(_ events: [OutboxEvent]) -> [PostgreSQLStatement] {
        guard !events.isEmpty else { return [] }
        let append = PostgreSQLStatement(
            """
            INSERT INTO outbox (event_id, topic, type, source, time, subject, traceparent, data)
            SELECT event_id, topic, type, source, time, subject, traceparent, data
            FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::bytea[])
                WITH ORDINALITY AS e (event_id, topic, type, source, time, subject, traceparent, data, number)
            ORDER BY number
            """,
            [
                .uuids(events.map(\.event.id.bytes)), .texts(events.map(\.topic)), .texts(events.map(\.event.type)),
                .texts(events.map(\.event.source)), .ints(events.map(\.event.time.milliseconds)),
                .texts(events.map(\.event.subject.string)), .texts(events.map(\.event.traceparent)),
                .byteArrays(events.map(\.event.data)),
            ])
        return [append]
    }

    package func pending(limit: Int) async throws -> [OutboxRow] {
        try await database.read { connection in
            try connection.run(
                """
                SELECT \(Self.columns) FROM outbox
                WHERE published_at IS NULL AND refused IS NULL
                    AND NOT EXISTS (SELECT 1 FROM outbox r WHERE r.refused IS NOT NULL AND r.subject = outbox.subject)
                ORDER BY position LIMIT $1
                """, [.int(Int64(limit))]
            ).map(Self.read)
        }
    }

    static let columns = "position, event_id, topic, type, source, time, subject, traceparent, data"

    static func read(_ row: PostgreSQLRow) throws -> OutboxRow {
        guard let id = Identifier(bytes: row.bytes(1)) else {
            throw PostgreSQLError(.other, "an outbox row has an event_id of \(row.bytes(1).count) bytes")
        }
        return OutboxRow(
            position: row.int(0),
            event: OutboxEvent(
                topic: row.text(2),
                event: CloudEvent(
                    id: id, type: row.text(3), source: row.text(4), time: Timestamp(milliseconds: row.int(5)),
                    subject: ExactText(row.text(6)), traceparent: row.optionalText(7), data: row.bytes(8))))
    }

    package func markPublished(_ positions: [Int64]) async throws {
        try await database.write { connection in
            try connection.execute(
                "UPDATE outbox SET published_at = \(PostgreSQLClock.now) WHERE position = ANY($1)", [.ints(positions)])
        }
    }

    package func markRefused(_ position: Int64, reason: String) async throws {
        try await database.write { connection in
            try connection.execute(
                "UPDATE outbox SET refused = $1 WHERE position = $2", [.text(reason), .int(position)])
        }
    }

    package func removePublished(olderThan seconds: Int64, limit: Int) async throws -> Int {
        try await database.write { connection in
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

extension PostgreSQLOutbox: OutboxReader {
    package func entries(after position: Int64, limit: Int) async throws -> [OutboxEntry] {
        try await database.read { try Self.entries(after: position, limit: limit, in: $0) }
    }

    package static func entries(
        after position: Int64, limit: Int, in connection: PostgreSQLConnection
    ) throws -> [OutboxEntry] {
        try connection.run(
            """
            SELECT \(columns), published_at IS NOT NULL, refused FROM outbox
            WHERE position > $1 ORDER BY position LIMIT $2
            """, [.int(position), .int(Int64(clamping: limit))]
        ).map { row in
            OutboxEntry(row: try read(row), isPublished: row.bool(9), refused: row.optionalText(10))
        }
    }
}
