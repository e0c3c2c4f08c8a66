import SQLite

/// Statements, separated by semicolons, on a database of a service, as someone with a SQLite shell would run them.
func change(_ path: String, _ sql: String) async throws {
    // The driver refuses a file that is newer than the migrations it is given, so it is given as many.
    let reader = try await SQLiteDatabase(path: path, role: .readOnly)
    let version = try await reader.read { try $0.first("PRAGMA user_version") { Int($0.int(0)) } } ?? 0
    await reader.close()
    let database = try await SQLiteDatabase(
        path: path, role: .shared,
        migrations: (1..<version + 1).map { SQLiteMigration(version: $0, name: "there already", sql: "") })
    try await database.write { connection in
        for statement in sql.split(separator: ";") { try connection.execute(String(statement)) }
    }
    await database.close()
}
