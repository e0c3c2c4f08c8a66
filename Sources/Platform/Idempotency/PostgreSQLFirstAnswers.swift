import Identifiers
package import PostgreSQL

/// What requests with an Idempotency-Key were first answered, in the database of the service that they changed.
package enum PostgreSQLFirstAnswers {
    /// For a migration of the service. Never edited: a change is another constant, for another migration.
    package static let schema = """
        CREATE TABLE first_answers (
            key_id uuid PRIMARY KEY, request bytea NOT NULL, body bytea NOT NULL, created_at bigint NOT NULL
        );
        CREATE INDEX first_answers_age ON first_answers (created_at);
        """

    /// For a later migration: as in SQLite. A replica of an earlier version finds what this one answered, and the other way round.
    package static let fingerprints = "ALTER TABLE first_answers ADD COLUMN fingerprint bytea"

    /// The answer that this key's request got, or that of `make`, which is then kept, in the transaction of its
    /// effect. Nothing is kept of what `make` throws. Without a key it is `make`'s.
    ///
    /// Throws `IdempotencyKeyReused` where the key was used for another request.
    package static func answer(
        _ key: IdempotencyKey?, in transaction: PostgreSQLConnection, make: () throws -> [UInt8]
    ) throws -> FirstAnswer {
        guard let key else { return FirstAnswer(body: try make(), isReplayed: false) }
        let lifetime = PostgreSQLValue.int(IdempotencyKey.lifetime * 1_000)
        let ids = key.formerIdentifiers()
        // Requests with one key follow each other, on whichever replicas they are: the row is not there yet to be locked.
        for lock in ids.map({ Int64(bitPattern: $0.high ^ $0.low) }).sorted() {
            try transaction.execute("SELECT pg_advisory_xact_lock($1)", [.int(lock)])
        }
        // A few more than are added: what is outdated goes in time, and no request waits for much of it.
        try transaction.execute(
            """
            DELETE FROM first_answers WHERE key_id IN (
                SELECT key_id FROM first_answers WHERE created_at < \(PostgreSQLClock.now) - $1
                ORDER BY created_at LIMIT 10 FOR UPDATE SKIP LOCKED)
            """, [lifetime])
        let known = try transaction.run(
            """
            SELECT request, fingerprint, body FROM first_answers
            WHERE key_id = ANY($1) AND created_at >= \(PostgreSQLClock.now) - $2 ORDER BY key_id <> $3
            """, [.uuids(ids.map(\.bytes)), lifetime, .uuid(key.formerIdentifier().bytes)]
        ).first { (row: $0.bytes(0), fingerprint: $0.optionalBytes(1), body: $0.bytes(2)) }
        if let known {
            guard key.request.isRepeat(of: known.row, known.fingerprint) else { throw IdempotencyKeyReused() }
            return FirstAnswer(body: known.body, isReplayed: true)
        }
        let body = try make()
        try transaction.execute(
            """
            INSERT INTO first_answers (key_id, request, fingerprint, body, created_at)
            SELECT id, $2, $3, $4, \(PostgreSQLClock.now) FROM unnest($1::uuid[]) AS id
            ON CONFLICT (key_id) DO UPDATE SET request = excluded.request, fingerprint = excluded.fingerprint,
                body = excluded.body, created_at = excluded.created_at
            """,
            [
                .uuids(key.keptIdentifiers.map(\.bytes)), .bytes(key.request.sent), .bytes(key.request.kept),
                .bytes(body),
            ])
        return FirstAnswer(body: body, isReplayed: false)
    }
}
