import Causes
import EventLog
import ExactText
package import Identifiers
package import PostgreSQL
import Timestamps

/// The outbox in a service's PostgreSQL database.
package struct PostgreSQLOutbox: Sendable {
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

    /// For a later migration of the service: a refused row is tried again. What earlier versions gave up is due at once.
    package static let tries = """
        ALTER TABLE outbox ADD COLUMN attempts bigint NOT NULL DEFAULT 0, ADD COLUMN refused_since bigint,
            ADD COLUMN next_try bigint;
        UPDATE outbox SET attempts = 1, refused_since = time, next_try = 0
            WHERE refused IS NOT NULL AND published_at IS NULL;
        CREATE INDEX outbox_turn ON outbox (position) WHERE published_at IS NULL AND next_try IS NULL;
        CREATE INDEX outbox_next_try ON outbox (next_try) WHERE next_try IS NOT NULL;
        CREATE INDEX outbox_waiting ON outbox (subject, position) WHERE next_try IS NOT NULL;
        DROP INDEX outbox_pending;
        DROP INDEX outbox_refused;
        """

    /// For a later migration of the service: who asked for what an event tells.
    package static let callers = "ALTER TABLE outbox ADD COLUMN caller text"

    /// For a later migration of the service: what the receivers of an event's trace say to each other.
    package static let traceStates = "ALTER TABLE outbox ADD COLUMN tracestate text"

    let database: PostgreSQLDatabase

    package init(_ database: PostgreSQLDatabase) {
        self.database = database
    }

    /// Adds events to the caller's transaction, in their order: they are published if, and only if, it commits.
    package static func append(_ events: [OutboxEvent], in transaction: PostgreSQLConnection) throws {
        try transaction.execute(appending(events))
    }

    /// The same, to be run together with other statements; none for no events.
    package static func appending(_ events: [OutboxEvent]) -> [PostgreSQLStatement] {
        guard !events.isEmpty else { return [] }
        return [PostgreSQLStatement(append, appended(events))]
    }

    /// Inserts rows, and the events of those that were not there yet, in the order of the list. `inserting` with its `values` answers
    /// the ids of the rows that were, as `id`; an event's id is that which stands in its place in `ids`. Answers the ids of the events
    /// that were added.
    package static func appending(
        _ events: [OutboxEvent], of ids: [Identifier], inserting: String, _ values: [PostgreSQLValue]
    ) -> PostgreSQLStatement {
        PostgreSQLStatement(
            """
            WITH fresh AS (\(inserting))
            INSERT INTO outbox (\(names)) SELECT \(names)
            FROM unnest($\(values.count + 1)::uuid[], \(parameters(behind: values.count + 1)))
                WITH ORDINALITY AS e (id, \(names), number) JOIN fresh USING (id)
            ORDER BY number RETURNING event_id
            """, values + [.uuids(ids.map(\.bytes))] + appended(events))
    }

    private static let append = """
        INSERT INTO outbox (\(names)) SELECT \(names)
        FROM unnest(\(parameters(behind: 0))) WITH ORDINALITY AS e (\(names), number) ORDER BY number
        """
    private static let names = "event_id, topic, type, source, time, subject, traceparent, data, caller, tracestate"

    /// Those of `appended`, behind so many others.
    private static func parameters(behind count: Int) -> String {
        let types = ["uuid", "text", "text", "text", "bigint", "text", "text", "bytea", "text", "text"]
        return types.enumerated().map { "$\(count + 1 + $0.offset)::\($0.element)[]" }.joined(separator: ", ")
    }

    /// In the order of `names`.
    private static func appended(_ events: [OutboxEvent]) -> [PostgreSQLValue] {
        [
            .uuids(events.map(\.event.id.bytes)), .texts(events.map(\.topic)), .texts(events.map(\.event.type)),
            .texts(events.map(\.event.source)), .ints(events.map(\.event.time.milliseconds)),
            .texts(events.map(\.event.subject.string)), .texts(events.map(\.event.cause.traceparent)),
            .byteArrays(events.map(\.event.data)), .texts(events.map(\.event.cause.caller?.text)),
            .texts(events.map(\.event.cause.tracestate)),
        ]
    }

    static let columns = "position, event_id, topic, type, source, time, subject, traceparent, data, caller, tracestate"
    /// How many these are.
    static let columnCount = 11

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
                    subject: ExactText(row.text(6)),
                    cause: Cause(
                        traceparent: row.optionalText(7), tracestate: row.optionalText(10),
                        caller: row.optionalText(9).flatMap { CallerName($0) }),
                    data: row.bytes(8))))
    }
}
