import Identifiers
package import SQLite
import Timestamps

/// What requests with an Idempotency-Key were first answered, in the database of the service that they changed.
package enum SQLiteFirstAnswers {
    /// For a migration of the service. Never edited: a change is another constant, for another migration.
    package static let schema = """
        CREATE TABLE first_answers (
            key_id BLOB PRIMARY KEY,
            request BLOB NOT NULL,
            body BLOB NOT NULL,
            created_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX first_answers_age ON first_answers (created_at);
        """

    /// The answer that this key's request got, or that of `make`, which is then kept, in the transaction of its
    /// effect. Nothing is kept of what `make` throws. Without a key it is `make`'s.
    ///
    /// Throws `IdempotencyKeyReused` where the key was used for another request.
    package static func answer(
        _ key: IdempotencyKey?, in transaction: SQLiteConnection, make: () throws -> [UInt8]
    ) throws -> FirstAnswer {
        guard let key else { return FirstAnswer(body: try make(), isReplayed: false) }
        let now = Timestamp.now().milliseconds
        // A few more than are added: what is outdated goes in time, and no request waits for much of it.
        try transaction.execute(
            """
            DELETE FROM first_answers WHERE key_id IN (
                SELECT key_id FROM first_answers WHERE created_at < ? ORDER BY created_at LIMIT 10)
            """, [.integer(now - IdempotencyKey.lifetime * 1_000)])
        let id = SQLiteValue.blob(key.identifier().bytes)
        let known = try transaction.first(
            "SELECT request, body, created_at FROM first_answers WHERE key_id = ?", [id]
        ) { ($0.blob(0), $0.blob(1), $0.int(2)) }
        if let (request, body, createdAt) = known, createdAt >= now - IdempotencyKey.lifetime * 1_000 {
            guard request == key.request else { throw IdempotencyKeyReused() }
            return FirstAnswer(body: body, isReplayed: true)
        }
        let body = try make()
        try transaction.execute(
            """
            INSERT INTO first_answers (key_id, request, body, created_at) VALUES (?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET request = excluded.request, body = excluded.body,
                created_at = excluded.created_at
            """, [id, .blob(key.request), .blob(body), .integer(now)])
        return FirstAnswer(body: body, isReplayed: false)
    }
}
