import Outbox
import TestDatabase
import Testing

@testable import Inventory

@Suite struct SQLiteInventoryStoreTests {
    @Test func keepsTheContract() async throws {
        try await withDatabase(SQLiteInventoryMigrations.all) { database in
            try await InventoryStoreContract(store: SQLiteInventoryStore(database), outbox: SQLiteOutbox(database))
                .run()
        }
    }
}
