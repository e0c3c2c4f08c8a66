import Outbox
import TestDatabase
import Testing

@testable import Orders

@Suite struct SQLiteOrderStoreTests {
    @Test func keepsTheContract() async throws {
        try await withDatabase(SQLiteOrderMigrations.all) { database in
            try await OrderStoreContract(store: SQLiteOrderStore(database), outbox: SQLiteOutbox(database)).run()
        }
    }
}
