import Databases
import ExactText
import Outbox
import SQLite
import Shop
import TestDatabase
import Testing

@testable import Orders

@Suite struct SQLiteOrderStoreTests {
    @Test(arguments: OrderStoreContract.promises) func keeps(_ promise: Promise<OrderStoreContract>) async throws {
        try await withDatabase(SQLiteOrderMigrations.all) { database in
            try await promise.check(
                OrderStoreContract(store: SQLiteOrderStore(database), outbox: SQLiteOutbox(database)))
        }
    }

    @Test func knowsWhatCanBeKnownOfEarlierOrders() async throws {
        try await withDatabase(SQLiteOrderMigrations.all) { database in
            try await OrderStoreContract(store: SQLiteOrderStore(database), outbox: SQLiteOutbox(database))
                .knowsWhatCanBeKnown { sql in try await database.write { try $0.execute(sql) } }
        }
    }

    /// Whatever orders are listed by: the index of whom they are, of their state, or the table's order, from where the page before ended, and
    /// nothing is sorted.
    @Test func eachListGoesAlongOneIndex() async throws {
        try await withDatabase(SQLiteOrderMigrations.all) { database in
            let store = SQLiteOrderStore(database)
            let order = try OrderStoreContract(store: store, outbox: SQLiteOutbox(database)).order()
            _ = try await store.confirm([order])
            var statements: Set<String> = []
            for number in 0..<64 {
                func chosen<Value>(_ bit: Int, _ value: Value) -> Value? { number >> bit & 1 == 1 ? value : nil }
                let filter = OrderFilter(
                    status: chosen(0, .confirmed), customerEmail: chosen(1, "ada@example.com"),
                    customerID: chosen(2, "c-1"), productID: chosen(3, "A"),
                    createdFrom: chosen(4, order.order.createdAt), createdBefore: chosen(5, order.order.updatedAt))
                _ = try await store.orders(filter, Page(limit: 50, after: nil))
                // A connection forgets the oldest of many.
                statements.formUnion(
                    try await database.read { $0.keptStatements.filter { $0.contains("ORDER BY position DESC") } })
            }
            let plans = try await database.read { [statements] connection in
                try statements.map { sql in
                    let parameters = [SQLiteValue](repeating: .null, count: sql.count { $0 == "?" })
                    return (sql, try connection.rows("EXPLAIN QUERY PLAN " + sql, parameters) { $0.text(3) })
                }
            }
            // Those with a product are two: which orders are looked through, and which of them have it.
            #expect(plans.count >= 64 + 8)
            for (sql, plan) in plans {
                let index =
                    sql.contains("customer_id = ?")
                    ? "INDEX orders_by_customer_id (customer_id=? AND position"
                    : sql.contains("customer_email = ?")
                        ? "INDEX orders_by_email (customer_email=? AND position"
                        : sql.contains("status = ?")
                            ? "INDEX orders_by_status (status=? AND position" : "INTEGER PRIMARY KEY (rowid"
                #expect(
                    plan.contains {
                        $0.replacing("COVERING ", with: "").hasPrefix("SEARCH orders USING \(index)")
                    }, "\(sql): \(plan)")
                #expect(!plan.contains { $0.contains("TEMP B-TREE") || $0.hasPrefix("SCAN orders") }, "\(sql): \(plan)")
            }
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
