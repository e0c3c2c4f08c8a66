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

    /// The answer that this key's request got, or that of `make`, which is then kept, in the transaction of its
    /// effect. Nothing is kept of what `make` throws. Without a key it is `make`'s.
    ///
    /// Throws `IdempotencyKeyReused` where the key was used for another request.
    package static func answer(
        _ key: IdempotencyKey?, in transaction: PostgreSQLConnection, make: () throws -> [UInt8]
    ) throws -> FirstAnswer {
        guard let key else { return FirstAnswer(body: try make(), isReplayed: false) }
        let lifetime = PostgreSQLValue.int(IdempotencyKey.lifetime * 1_000)
        let id = key.identifier()
        // Requests with one key follow each other, on whichever replicas they are: the row is not there yet to be locked.
        try transaction.run("SELECT pg_advisory_xact_lock($1)", [.int(Int64(bitPattern: id.high ^ id.low))])
        // A few more than are added: what is outdated goes in time, and no request waits for much of it.
        try transaction.run(
            """
            DELETE FROM first_answers WHERE key_id IN (
                SELECT key_id FROM first_answers WHERE created_at < \(PostgreSQLClock.now) - $1
                ORDER BY created_at LIMIT 10 FOR UPDATE SKIP LOCKED)
            """, [lifetime])
        let known = try transaction.run(
            "SELECT request, body FROM first_answers WHERE key_id = $1 AND created_at >= \(PostgreSQLClock.now) - $2",
            [.uuid(id.bytes), lifetime]
        ).first { ($0.bytes(0), $0.bytes(1)) }
        if let (request, body) = known {
            guard request == key.request else { throw IdempotencyKeyReused() }
            return FirstAnswer(body: body, isReplayed: true)
        }
        let body = try make()
        try transaction.run(
            """
            INSERT INTO first_answers (key_id, request, body, created_at)
            VALUES ($1, $2, $3, \(PostgreSQLClock.now))
            ON CONFLICT (key_id) DO UPDATE SET request = excluded.request, body = excluded.body,
                created_at = excluded.created_at
            """, [.uuid(id.bytes), .bytes(key.request), .bytes(body)])
        return FirstAnswer(body: body, isReplayed: false)
    }
}
