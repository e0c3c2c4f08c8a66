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
            WHERE next_try < \(OutboxPace.never)
                AND (next_try <= \(PostgreSQLClock.now) OR next_try > \(PostgreSQLClock.now) + $2)
                AND position = \(firstWaiting)
            ORDER BY next_try LIMIT $1
        ) AS page WHERE bytes_before < \(OutboxPage.bytes) ORDER BY next_try
        """

    /// The data of the rows of a page before a row, in bytes. Their lengths are known without reading them.
    private static func bytesBefore(_ order: String) -> String {
        """
        sum(octet_length(data)) OVER (ORDER BY \(order) ROWS UNBOUNDED PRECEDING) - octet_length(data) AS bytes_before
        """
    }

    package func pending(limit: Int) async throws -> [OutboxRow] {
        while true {
            let page = try await database.read { connection in
                try connection.run(Self.pendingRows, [.int(Int64(limit))]).map {
                    (row: try Self.read($0), waits: $0.bool(9))
                }
            }
            let waiting = page.filter(\.waits).map(\.row.position)
            if !waiting.isEmpty { try await putBehind(waiting) }
            // A page of those alone: others may come after them.
            if waiting.isEmpty || waiting.count < page.count {
                return page.filter { !$0.waits }.map(\.row)
            }
        }
    }

    /// Rows whose key waits are looked at no more until it is free. The row that a key waits for is locked, so that another
    /// relay that is just publishing it frees these, too.
    private func putBehind(_ positions: [Int64]) async throws {
        try await database.write { connection in
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
            try connection.run(Self.dueRows, [.int(Int64(limit)), .int(OutboxPace.unlikely)]).map(Self.read)
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
            // The rows are locked from here on: nothing is put behind them any more.
            let published = try connection.run(
                """
                UPDATE outbox SET published_at = \(PostgreSQLClock.now), refused = NULL WHERE position = ANY($1)
                RETURNING CASE WHEN next_try IS NOT NULL THEN subject END
                """, [.ints(positions)])
            let waitedFor = published.map { $0.optionalText(0) }.compactMap(\.self)
            guard !waitedFor.isEmpty else { return }
            _ = try connection.run([
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
        try await database.write { connection in
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

    package func backlog() async throws -> OutboxBacklog {
        try await database.read { connection in
            let results = try connection.run([
                PostgreSQLStatement(
                    "SELECT count(*), min(refused_since) FROM outbox WHERE next_try < \(OutboxPace.never)"),
                PostgreSQLStatement("SELECT count(*) FROM outbox WHERE next_try = \(OutboxPace.never)"),
            ])
            let refused = results[0].first { (count: $0.int(0), since: $0.optionalInt(1)) }
            return OutboxBacklog(
                refused: Int(refused?.count ?? 0), behind: Int(results[1].first { $0.int(0) } ?? 0),
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

extension PostgreSQLOutbox: OutboxReader, OutboxRetry {
    package func entries(after position: Int64, limit: Int) async throws -> [OutboxEntry] {
        try await database.read { try Self.entries(after: position, limit: limit, in: $0) }
    }

    package static func entries(
        after position: Int64, limit: Int, in connection: PostgreSQLConnection
    ) throws -> [OutboxEntry] {
        try connection.run(
            "SELECT \(entryColumns) FROM outbox WHERE position > $1 ORDER BY position LIMIT $2",
            [.int(position), .int(Int64(clamping: limit))]
        ).map(readEntry)
    }

    private static let entryColumns = "\(columns), published_at IS NOT NULL, refused, refused_since, attempts, next_try"

    private static func readEntry(_ row: PostgreSQLRow) throws -> OutboxEntry {
        OutboxEntry(
            row: try read(row), isPublished: row.bool(9), reason: row.optionalText(10), since: row.optionalInt(11),
            tries: row.int(12), nextTry: row.optionalInt(13))
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
            ).map { (try Self.readEntry($0), Int($0.int(14))) }
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
