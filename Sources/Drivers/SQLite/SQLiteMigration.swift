/// One step of a database's schema. Never edited once it has landed: a change is a new one.
package struct SQLiteMigration: Sendable {
    /// 1 for the first, and on without gaps.
    package var version: Int
    /// A few words, for error messages.
    package var name: String
    /// Any number of statements; all of them are one transaction, together with the new version.
    package var sql: String

    package init(version: Int, name: String, sql: String) {
        self.version = version
        self.name = name
        self.sql = sql
    }
}

extension SQLiteConnection {
    /// The version of the schema that the file holds, 0 for a new one. Kept in `PRAGMA user_version`.
    func schemaVersion() throws(SQLiteError) -> Int {
        Int(try one("PRAGMA user_version") { $0.int(0) } ?? 0)
    }

    /// Refuses a file that later migrations than these have changed. Writes nothing.
    func refuseNewer(than migrations: [SQLiteMigration]) throws(SQLiteError) {
        let version = try schemaVersion()
        guard version <= migrations.count else {
            throw SQLiteError(
                .newerThanProgram,
                "\(path) has schema version \(version), this program knows \(migrations.count): run a newer orderlog")
        }
    }

    /// Refuses a file that holds tables, and not this one: it is another program's, or another service's. Writes nothing.
    func refuseOthers(than hallmark: String?) throws(SQLiteError) {
        guard let hallmark else { return }
        let tables = try one(
            "SELECT group_concat(name, ', '), max(name = '\(hallmark)') FROM sqlite_schema WHERE type = 'table'"
        ) { (names: $0.optionalText(0), isOurs: $0.int(1) == 1) }
        guard let tables, let names = tables.names, !tables.isOurs else { return }
        throw SQLiteError(
            .other,
            "\(path) is somebody else's database: it has no table \(hallmark), but \(names.prefix(200)). Name another")
    }

    /// Runs the migrations that the file does not have yet. Several processes may do so at once: each version is
    /// looked at again inside the transaction that changes it.
    func migrate(_ migrations: [SQLiteMigration]) throws(SQLiteError) {
        for migration in migrations where try schemaVersion() < migration.version {
            do {
                try transaction { connection in
                    guard try connection.schemaVersion() < migration.version else { return }
                    try connection.script(migration.sql)
                    try connection.script("PRAGMA user_version = \(migration.version)")
                }
            } catch let error as SQLiteError {
                throw SQLiteError(
                    error.kind, code: error.code,
                    "migration \(migration.version) (\(migration.name)): \(error.message)")
            } catch {
                throw SQLiteError(.other, "migration \(migration.version) (\(migration.name)): \(error)")
            }
        }
    }
}
