import Foundation
import Notifications
import SQLite

/// A notification database for one test.
func withNotificationDatabase(_ body: (SQLiteDatabase) async throws -> Void) async throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "notifications-\(UUID().uuidString).db").path
    let database = try await SQLiteDatabase(
        path: path, role: .owner, migrations: SQLiteNotificationMigrations.all)
    try await body(database)
    await database.close()
    for suffix in ["", "-wal", "-shm", ".lock"] { try? FileManager.default.removeItem(atPath: path + suffix) }
}
