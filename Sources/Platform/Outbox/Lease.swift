import Identifiers
package import PostgreSQL

/// Which of several replicas does what one at a time should do. It saves work and keeps order; nothing breaks when two
/// believe for a moment that they hold it, as one may that was stalled.
package protocol Lease: Sendable {
    /// Whether replicas share it: then others may leave work here without a word.
    var isShared: Bool { get }

    /// Takes it, or keeps it, for so many seconds from now on by the database's clock; false: another replica holds it.
    func hold(for seconds: Int64) async throws -> Bool

    /// Lets another take it at once. Whoever does not hold it may say so too.
    func release() async throws
}

/// Of the one process that owns a SQLite file.
package struct SoleLease: Lease {
    package let isShared = false

    package init() {}

    package func hold(for seconds: Int64) async throws -> Bool { true }
    package func release() async throws {}
}

/// A row of the table `leases`.
package struct PostgreSQLLease: Lease {
    /// For a migration of the service. Never edited: a change is another constant, for another migration.
    package static let schema = """
        CREATE TABLE leases (name text PRIMARY KEY, owner uuid NOT NULL, until bigint NOT NULL)
        """

    package let isShared = true
    private let database: PostgreSQLDatabase
    private let name: String
    private let owner = Identifier.time()

    package init(_ name: String, in database: PostgreSQLDatabase) {
        self.name = name
        self.database = database
    }

    package func hold(for seconds: Int64) async throws -> Bool {
        try await database.write { [name, owner] connection in
            let hold = PostgreSQLStatement(
                """
                INSERT INTO leases (name, owner, until) VALUES ($1, $2, \(PostgreSQLClock.now) + $3)
                ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until
                WHERE leases.owner = excluded.owner OR leases.until < \(PostgreSQLClock.now)
                """, [.text(name), .uuid(owner.bytes), .int(seconds * 1_000)])
            return try connection.runLast([hold])[0].changes == 1
        }
    }

    package func release() async throws {
        try await database.write { [name, owner] connection in
            try connection.execute(
                "DELETE FROM leases WHERE name = $1 AND owner = $2", [.text(name), .uuid(owner.bytes)])
        }
    }
}
