import Foundation
package import SQLite

/// A database in a temporary file, for one test; gone after it.
package func withDatabase(
    _ migrations: [SQLiteMigration], _ body: (SQLiteDatabase) async throws -> Void
) async throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "test-\(UUID().uuidString).db").path
    let database = try await SQLiteDatabase(path: path, role: .owner, migrations: migrations)
    do {
        try await body(database)
    } catch {
        await remove(database, path)
        throw error
    }
    await remove(database, path)
}

private func remove(_ database: SQLiteDatabase, _ path: String) async {
    await database.close()
    for suffix in ["", "-wal", "-shm", ".lock"] { try? FileManager.default.removeItem(atPath: path + suffix) }
}
