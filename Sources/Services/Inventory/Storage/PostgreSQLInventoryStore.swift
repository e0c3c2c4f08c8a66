package import Events
import ExactText
package import Idempotency
import Identifiers
import Inbox
import Outbox
package import PostgreSQL
package import ServiceHost
import Timestamps

/// Stock in PostgreSQL, shared by any number of replicas. Products are locked in the order of their ids, after
/// reservations; what is not locked is never written.
package struct PostgreSQLInventoryStore: InventoryStore {
    let database: PostgreSQLDatabase

    package init(_ database: PostgreSQLDatabase) {
        self.database = database
    }

    package func add(_ product: NewProduct, traceparent: String?) async throws -> ProductDocument? {
        try await database.write { try Self.add([product], traceparent: traceparent, in: $0).first }
    }

    package func seed(_ products: [NewProduct]) async throws {
        try await database.write { connection in
            // Of replicas that start together one does it.
            try connection.run("SELECT pg_advisory_xact_lock(hashtext('orderlog seed'))")
            guard try connection.run("SELECT 1 FROM products LIMIT 1").count == 0 else { return }
            _ = try Self.add(products, traceparent: nil, in: connection)
        }
    }

    /// Those that were not there yet.
    private static func add(
        _ new: [NewProduct], traceparent: String?, in connection: PostgreSQLConnection
    ) throws -> [ProductDocument] {
        let now = Timestamp.now()
        var added: [ProductDocument] = []
        for new in new {
            let product = new.document(now: now)
            let result = try connection.run(
                """
                INSERT INTO products
                    (product_id, name, price, currency, available, reserved, low_stock_threshold, updated_at)
                VALUES ($1, $2, $3, $4, $5, 0, $6, $7) ON CONFLICT (product_id) DO NOTHING
                """,
                [
                    .text(product.productID.string), .text(product.name.string), .int(product.price.amount),
                    .text(product.price.currency), .int(product.available), .int(product.lowStockThreshold),
                    .int(now.milliseconds),
                ])
            if result.changes == 1 { added.append(product) }
        }
        let quantities = Dictionary(new.map { ($0.productID, $0.quantity) }) { first, _ in first }
        _ = try connection.run(
            appending(
                added.map { (.productAdded(quantity: quantities[$0.productID] ?? 0), $0) }, now: now, traceparent))
        return added
    }

    package func replenish(
        _ productID: ProductID, by quantity: Int64, key: IdempotencyKey?, traceparent: String?
    ) async throws -> FirstAnswer {
        try await change(productID, key, traceparent) { stock throws(StockError) in
            (try stock.replenish(productID, by: quantity), .stockReplenished(quantity: quantity))
        }
    }

    package func take(
        _ productID: ProductID, quantity: Int64, key: IdempotencyKey?, traceparent: String?
    ) async throws -> FirstAnswer {
        try await change(productID, key, traceparent) { stock throws(StockError) in
            (try stock.take(productID, quantity: quantity), .stockTaken(quantity: quantity))
        }
    }

    private func change(
        _ product: ProductID, _ key: IdempotencyKey?, _ traceparent: String?,
        _ work: @escaping @Sendable (inout Stock) throws(StockError) -> (ProductDocument, InventoryEvent.Change)
    ) async throws -> FirstAnswer {
        try await database.write { connection in
            try PostgreSQLFirstAnswers.answer(key, in: connection) {
                let now = Timestamp.now()
                var stock = try Self.lock([product], now: now, in: connection)
                let (product, change) = try work(&stock)
                _ = try connection.run(
                    Self.appending([(change, product)], now: now, traceparent)
                        + Self.saving(stock, now: now, traceparent))
                return product.json()
            }
        }
    }

    package func product(_ id: ProductID) async throws -> ProductDocument? {
        try await database.read { connection in
            try connection.run(
                "SELECT \(PostgreSQLProductRow.columns) FROM products WHERE product_id = $1", [.text(id.string)]
            ).first(PostgreSQLProductRow.read)
        }
    }

    package func products(_ page: Page) async throws -> Listed<ProductDocument> {
        try await database.read { connection in
            try page.rows(
                "SELECT \(PostgreSQLProductRow.columns), position FROM products WHERE position < $1",
                [.int(page.after ?? Int64.max)], columns: PostgreSQLProductRow.count, sized: ["product_id", "name"],
                in: connection, PostgreSQLProductRow.read)
        }
    }
}

// MARK: - Stock in a transaction

extension PostgreSQLInventoryStore {
    /// The products, held until the transaction ends.
    static func lock(_ products: Set<ProductID>, now: Timestamp, in connection: PostgreSQLConnection) throws -> Stock {
        guard !products.isEmpty else { return Stock([], now: now) }
        let locked = try connection.run([locking(products)])[0]
        return Stock(locked.map(PostgreSQLProductRow.read), now: now)
    }

    static func locking(_ products: Set<ProductID>) -> PostgreSQLStatement {
        PostgreSQLStatement(
            """
            SELECT \(PostgreSQLProductRow.columns) FROM products WHERE product_id = ANY($1)
            ORDER BY product_id FOR UPDATE
            """, [.texts(products.sorted().map(\.string))])
    }

    /// Writes the products that changed, and an event for each whose status did.
    static func saving(_ stock: Stock, now: Timestamp, _ traceparent: String?) -> [PostgreSQLStatement] {
        let changed = stock.changed
        guard !changed.isEmpty else { return [] }
        let update = PostgreSQLStatement(
            """
            UPDATE products SET available = n.available, reserved = n.reserved, updated_at = $4
            FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS n (product_id, available, reserved)
            WHERE products.product_id = n.product_id
            """,
            [
                .texts(changed.map(\.productID.string)), .ints(changed.map(\.available)),
                .ints(changed.map(\.reserved)),
                .int(now.milliseconds),
            ])
        return [update]
            + appending(
                stock.statusChanges.map { (.stockStatusChanged(from: $0.from), $0.product) }, now: now, traceparent)
    }

    private static func appending(
        _ changes: [(InventoryEvent.Change, ProductDocument)], now: Timestamp, _ traceparent: String?
    ) -> [PostgreSQLStatement] {
        PostgreSQLOutbox.appending(StockChanges.events(changes, now: now, traceparent))
    }
}

/// A row of `products`.
enum PostgreSQLProductRow {
    static let columns = ProductRow.columns
    static let count = ProductRow.count

    static func read(_ row: PostgreSQLRow) -> ProductDocument {
        ProductDocument(
            productID: ProductID(row.text(0)), name: ExactText(row.text(1)),
            price: Money(amount: row.int(2), currency: row.text(3)),
            available: row.int(4), reserved: row.int(5), lowStockThreshold: row.int(6),
            updatedAt: Timestamp(milliseconds: row.int(7)))
    }
}
