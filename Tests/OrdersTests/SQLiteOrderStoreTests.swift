import Foundation
import Outbox
import SQLite
import Testing

@testable import Orders

@Suite struct SQLiteOrderStoreTests {
    @Test func keepsTheContract() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "orders-\(UUID().uuidString).db").path
        let database = try await SQLiteDatabase(path: path, role: .owner, migrations: SQLiteOrderMigrations.all)
        try await OrderStoreContract(store: SQLiteOrderStore(database), outbox: SQLiteOutbox(database)).run()
        await database.close()
        for suffix in ["", "-wal", "-shm", ".lock"] { try? FileManager.default.removeItem(atPath: path + suffix) }
    }
}
