/// One step of a database's schema. Never edited once it has landed: a change is a new one.
package struct PostgreSQLMigration: Sendable {
    /// 1 for the first, and on without gaps.
    package var version: Int
    /// A few words, for error messages.
    package var name: String
    /// Statements, separated by semicolons; all of them are one transaction, together with the new version.
    package var sql: String
    /// What it builds beside others, where the database was there before; in a new one `sql` does.
    let index: PostgreSQLIndex?

    package init(version: Int, name: String, sql: String) {
        self.version = version
        self.name = name
        self.sql = sql
        index = nil
    }

    /// An index, and nothing else.
    package init(version: Int, name: String, index: PostgreSQLIndex) {
        self.version = version
        self.name = name
        self.index = index
        sql = index.creation(concurrently: false)
    }

    /// The tables that it makes, by the names behind `CREATE TABLE`: plain ones, in small letters.
    package var tables: [String] {
        let words = sql.split { $0.isWhitespace || "(;".contains($0) }
        return words.indices.dropLast(2).compactMap { index in
            words[index] == "CREATE" && words[index + 1] == "TABLE" ? String(words[index + 2]) : nil
        }
    }
}

extension PostgreSQLConnection {
    /// Any number that no other program locks: "orderlog" as bytes.
    private static let lock: Int64 = 0x6f72_6465_726c_6f67

    /// A statement of a migration, or of another replica's that is waited for.
    private static let migrateWithin: Duration = .seconds(600)

    /// Runs the migrations that the database does not have yet. Of several replicas that start at once one does it, and
    /// the others wait for it. Refuses, untouched, a database that is newer.
    func migrate(_ migrations: [PostgreSQLMigration], hallmark: String?) throws {
        let usual = answerWithin
        answerWithin = Self.migrateWithin + .seconds(5)
        defer { answerWithin = usual }
        while let migration = try migrateUpToIndex(migrations, hallmark: hallmark), let index = migration.index {
            do {
                try build(index, of: migration)
            } catch let error as PostgreSQLError {
                throw error.of(migration)
            }
        }
    }

    /// Runs migrations until one comes that builds an index beside others, which it answers. In a new database there are no others.
    private func migrateUpToIndex(
        _ migrations: [PostgreSQLMigration], hallmark: String?
    ) throws -> PostgreSQLMigration? {
        try transaction { connection in
            // Longer than others wait for rows: a migration may take its time.
            try connection.run("SET LOCAL lock_timeout = '\(Self.migrateWithin.components.seconds)s'")
            try connection.run("SET LOCAL statement_timeout = '\(Self.migrateWithin.components.seconds)s'")
            try connection.run("SELECT pg_advisory_xact_lock($1)", [.int(Self.lock)])
            let version = try connection.schemaVersion()
            try connection.refuseOthers(than: hallmark, version)
            guard version <= migrations.count else { throw connection.tooNew(version, migrations) }
            if version == 0 {
                try connection.run(
                    """
                    CREATE TABLE IF NOT EXISTS schema_migrations (
                        version bigint PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())
                    """)
            }
            for migration in migrations where migration.version > version {
                if version > 0, migration.index != nil { return migration }
                do {
                    try connection.script(migration.sql)
                    try connection.note(migration)
                } catch let error as PostgreSQLError {
                    throw error.of(migration)
                }
            }
            return nil
        }
    }

    /// That the database has it.
    func note(_ migration: PostgreSQLMigration) throws(PostgreSQLError) {
        try run(
            "INSERT INTO schema_migrations (version, name) VALUES ($1, $2)",
            [.int(Int64(migration.version)), .text(migration.name)])
    }

    /// Refuses a database that is not at the last of these migrations.
    func expect(_ migrations: [PostgreSQLMigration], hallmark: String?) throws {
        let version = try snapshot { connection in
            let version = try connection.schemaVersion()
            try connection.refuseOthers(than: hallmark, version)
            return version
        }
        guard version <= migrations.count else { throw tooNew(version, migrations) }
        guard version == migrations.count else {
            throw PostgreSQLError(
                .other, "the database has schema version \(version), not \(migrations.count): start its service once")
        }
    }

    /// Refuses a database that was migrated, and has no table of that name: it is another service's.
    private func refuseOthers(than hallmark: String?, _ version: Int) throws {
        guard let hallmark, version > 0 else { return }
        let isOurs = try run("SELECT to_regclass($1) IS NOT NULL", [.text(hallmark)]).first { $0.bool(0) } ?? false
        guard !isOurs else { return }
        throw PostgreSQLError(
            .other, "the database is another service's: it has no table \(hallmark). Name a database of its own")
    }

    func schemaVersion() throws -> Int {
        let isThere = try run("SELECT to_regclass('schema_migrations') IS NOT NULL").first { $0.bool(0) } ?? false
        guard isThere else { return 0 }
        return Int(try run("SELECT coalesce(max(version), 0) FROM schema_migrations").first { $0.int(0) } ?? 0)
    }

    private func tooNew(_ version: Int, _ migrations: [PostgreSQLMigration]) -> PostgreSQLError {
        PostgreSQLError(
            .newerThanProgram,
            "the database has schema version \(version), this program knows \(migrations.count): run a newer orderlog")
    }
}

extension PostgreSQLError {
    /// The same, and where it happened.
    fileprivate func of(_ migration: PostgreSQLMigration) -> PostgreSQLError {
        PostgreSQLError(kind, sqlState: sqlState, "migration \(migration.version) (\(migration.name)): \(message)")
    }
}
