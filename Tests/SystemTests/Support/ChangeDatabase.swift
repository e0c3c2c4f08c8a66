import Foundation
import SQLite

/// Statements, separated by semicolons, on a database of a service, as someone with a SQLite shell would run them.
func change(_ path: String, _ sql: String) async throws {
    let database = try await openForChanges(path)
    try await database.write { connection in
        for statement in sql.split(separator: ";") { try connection.execute(String(statement)) }
    }
    await database.close()
}

/// A service's database beside the service. The driver refuses a file that is newer than the migrations it is given,
/// so it is given as many.
func openForChanges(_ path: String) async throws -> SQLiteDatabase {
    let reader = try await SQLiteDatabase(path: path, role: .readOnly)
    let version = try await reader.read { try $0.first("PRAGMA user_version") { Int($0.int(0)) } } ?? 0
    await reader.close()
    return try await SQLiteDatabase(
        path: path, role: .shared,
        migrations: (1..<version + 1).map { SQLiteMigration(version: $0, name: "there already", sql: "") })
}

extension Shop {
    /// A number from a service's database, read beside the service.
    func count(_ service: String, _ sql: String) async throws -> Int64 {
        try await read(service, sql) { $0.int(0) } ?? 0
    }

    /// A text from it.
    func text(_ service: String, _ sql: String) async throws -> String {
        try await read(service, sql) { $0.text(0) } ?? ""
    }

    private func read<T: Sendable>(
        _ service: String, _ sql: String, _ row: @escaping @Sendable (SQLiteRow) -> T
    ) async throws -> T? {
        let database = try await SQLiteDatabase(path: database(service), role: .readOnly, readers: 1)
        let value: T?
        do {
            value = try await database.read { try $0.first(sql, [], row) }
        } catch {
            await database.close()
            throw error
        }
        await database.close()
        return value
    }
}
