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

    @Test func noStatementGoesThroughATable() async throws {
        try await withDatabase(SQLiteOrderMigrations.all) { database in
            let store = SQLiteOrderStore(database)
            try await OrderStoreContract(store: store, outbox: SQLiteOutbox(database)).runEverything(reader: store)
            let scans = try await QueryPlans.scans(
                in: database,
                fill: [
                    """
                    INSERT INTO orders (order_id, status, version, customer_email, items, total, currency, created_at,
                        updated_at)
                    SELECT randomblob(16), iif(i % 100, 'confirmed', 'cancelled'), 1, 'c' || (i / 10) || '@example.com',
                        x'5b5d', 1, 'EUR', i, i FROM n
                    """,
                    """
                    INSERT INTO outbox (event_id, topic, type, source, time, subject, data, published_at)
                    SELECT randomblob(16), 'orders', 'a', 'b', i, 'o' || i, x'00', i FROM n
                    """,
                ], small: ["outbox_turn", "outbox_next_try", "outbox_waiting"], sparing: [])
            #expect(scans == [])
        }
    }
}
