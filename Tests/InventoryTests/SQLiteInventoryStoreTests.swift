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

    @Test func noStatementGoesThroughATable() async throws {
        try await withDatabase(SQLiteInventoryMigrations.all) { database in
            let store = SQLiteInventoryStore(database)
            try await InventoryStoreContract(store: store, outbox: SQLiteOutbox(database)).runEverything(reader: store)
            let scans = try await QueryPlans.scans(
                in: database,
                fill: [
                    """
                    INSERT INTO reservations (order_id, batch_id, state, items, created_at, updated_at)
                    SELECT randomblob(16), CAST('b' || (i / 10) AS BLOB), i % 2, x'5b5d', i, i FROM n
                    """,
                    """
                    INSERT INTO products (product_id, name, price, currency, available, reserved, low_stock_threshold,
                        updated_at)
                    SELECT 'p' || i, 'a', 1, 'EUR', 1, 1, 1, i FROM n
                    """, "INSERT INTO inbox (event_id, received_at) SELECT randomblob(16), i FROM n",
                    """
                    INSERT INTO outbox (event_id, topic, type, source, time, subject, data, published_at)
                    SELECT randomblob(16), 'orders', 'a', 'b', i, 'o' || i, x'00', i FROM n
                    """,
                ], small: ["outbox_turn", "outbox_next_try", "outbox_waiting", "open_batches_age", "o"],
                sparing: InventoryStoreContract.readsEverything)
            #expect(scans == [])
        }
    }
}
