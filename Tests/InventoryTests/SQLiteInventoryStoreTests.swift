import Foundation
import Outbox
import SQLite
import Testing

@testable import Inventory

@Suite struct SQLiteInventoryStoreTests {
    @Test func keepsTheContract() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "inventory-\(UUID().uuidString).db").path
        let database = try await SQLiteDatabase(path: path, role: .owner, migrations: SQLiteInventoryMigrations.all)
        try await InventoryStoreContract(store: SQLiteInventoryStore(database), outbox: SQLiteOutbox(database)).run()
        await database.close()
        for suffix in ["", "-wal", "-shm", ".lock"] { try? FileManager.default.removeItem(atPath: path + suffix) }
    }
}
