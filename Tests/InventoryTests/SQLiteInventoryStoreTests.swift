import Databases
import Outbox
import Shop
import TestDatabase
import Testing

@testable import Inventory

@Suite struct SQLiteInventoryStoreTests {
    @Test(arguments: InventoryStoreContract.promises) func keeps(_ promise: Promise<InventoryStoreContract>)
        async throws
    {
        try await withDatabase(SQLiteInventoryMigrations.all) { database in
            try await promise.check(
                InventoryStoreContract(store: SQLiteInventoryStore(database), outbox: SQLiteOutbox(database)))
        }
    }

    /// What finds the products of a filter, newest first, without sorting them.
    private static let indexes: [(ProductFilter, String)] = [
        (ProductFilter(), "INTEGER PRIMARY KEY (rowid<?)"),
        (ProductFilter(isArchived: false), "INDEX products_archived (archived=? AND position<?)"),
        (ProductFilter(isArchived: true), "INDEX products_archived (archived=? AND position<?)"),
        (ProductFilter(status: .lowStock), "INDEX products_level (level=? AND position<?)"),
        (
            ProductFilter(isArchived: false, status: .outOfStock),
            "INDEX products_archived_level (archived=? AND level=? AND position<?)"
        ),
    ]

    @Test(arguments: indexes.indices) func eachFilterHasAnIndex(_ number: Int) async throws {
        let (filter, index) = Self.indexes[number]
        try await withDatabase(SQLiteInventoryMigrations.all) { database in
            let store = SQLiteInventoryStore(database)
            let plan = try await QueryPlans.plan(in: database) {
                _ = try await store.products(filter, Page(limit: 10, after: nil))
            }
            #expect(plan == ["SEARCH products USING \(index)"])
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
