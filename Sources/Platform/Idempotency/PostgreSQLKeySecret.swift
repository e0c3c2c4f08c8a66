package import PostgreSQL
import Timestamps

/// Where a service's database keeps its secret.
package enum PostgreSQLKeySecret {
    /// For a migration of the service. Never edited: a change is another constant, for another migration.
    package static let schema = """
        CREATE TABLE key_secret (
            one bigint PRIMARY KEY CHECK (one = 1),
            secret bytea NOT NULL CHECK (octet_length(secret) = 32),
            made_at bigint NOT NULL
        )
        """

    /// That of the database; where it has none yet, one is made. Of replicas that start at once one makes it, and all have that.
    package static func obtain(in database: PostgreSQLDatabase) async throws -> KeySecret {
        // A database that only reads has it, where it ever was in use.
        if let secret = try await database.read({ try read($0) }) { return secret }
        return try await database.write { connection in
            // Waits for another replica that is about to insert its own.
            try connection.run(
                """
                INSERT INTO key_secret (one, secret, made_at) VALUES (1, $1, \(PostgreSQLClock.now)) ON CONFLICT DO NOTHING
                """, [.bytes(KeySecret.random())])
            guard let secret = try read(connection) else {
                throw PostgreSQLError(.other, "the table key_secret has no secret of 32 bytes")
            }
            return secret
        }
    }

    private static func read(_ connection: PostgreSQLConnection) throws -> KeySecret? {
        try connection.run("SELECT secret, made_at FROM key_secret").first {
            KeySecret($0.bytes(0), madeAt: Timestamp(milliseconds: $0.int(1)))
        } ?? nil
    }
}
