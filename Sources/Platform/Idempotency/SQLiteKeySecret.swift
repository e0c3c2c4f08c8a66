package import SQLite
import Timestamps

/// Where a service's database keeps its secret.
package enum SQLiteKeySecret {
    /// For a migration of the service. Never edited: a change is another constant, for another migration.
    package static let schema = """
        CREATE TABLE key_secret (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            secret BLOB NOT NULL CHECK (length(secret) = 32),
            made_at INTEGER NOT NULL
        ) STRICT;
        """

    /// That of the database; where it has none yet, one is made.
    package static func obtain(in database: SQLiteDatabase) async throws -> KeySecret {
        // A database that only reads has it, where it ever was in use.
        if let secret = try await database.read({ try read($0) }) { return secret }
        return try await database.write { connection in
            try connection.execute(
                "INSERT INTO key_secret (one, secret, made_at) VALUES (1, ?, ?) ON CONFLICT DO NOTHING",
                [.blob(KeySecret.random()), .integer(Timestamp.now().milliseconds)])
            guard let secret = try read(connection) else { throw SQLiteError(.corrupt, "key_secret has no secret") }
            return secret
        }
    }

    private static func read(_ connection: SQLiteConnection) throws -> KeySecret? {
        try connection.first("SELECT secret, made_at FROM key_secret") {
            KeySecret($0.blob(0), madeAt: Timestamp(milliseconds: $0.int(1)))
        } ?? nil
    }
}
