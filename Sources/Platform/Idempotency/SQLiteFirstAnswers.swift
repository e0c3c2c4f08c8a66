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

    /// For a later migration: `fingerprint` is `RequestFingerprint.kept`, which begins with what `request` has. An earlier version
    /// knows `request` alone.
    package static let fingerprints = "ALTER TABLE first_answers ADD COLUMN fingerprint BLOB"

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
        for id in key.formerIdentifiers() {
            let known = try transaction.first(
                "SELECT request, fingerprint, body, created_at FROM first_answers WHERE key_id = ?", [.blob(id.bytes)]
            ) { (row: $0.blob(0), fingerprint: $0.optionalBlob(1), body: $0.blob(2), createdAt: $0.int(3)) }
            guard let known, known.createdAt >= now - IdempotencyKey.lifetime * 1_000 else { continue }
            guard key.request.isRepeat(of: known.row, known.fingerprint) else { throw IdempotencyKeyReused() }
            return FirstAnswer(body: known.body, isReplayed: true)
        }
        let body = try make()
        for id in key.keptIdentifiers {
            try transaction.execute(
                """
                INSERT INTO first_answers (key_id, request, fingerprint, body, created_at) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET request = excluded.request, fingerprint = excluded.fingerprint,
                    body = excluded.body, created_at = excluded.created_at
                """,
                [
                    .blob(id.bytes), .blob(key.request.sent), .blob(key.request.kept), .blob(body), .integer(now),
                ])
        }
        return FirstAnswer(body: body, isReplayed: false)
    }
}
