package import Events
import ExactText
package import Idempotency
import Identifiers
import Inbox
import InventoryAPI
import Outbox
package import SQLite
package import ServiceHost
import Timestamps

package struct SQLiteInventoryStore: InventoryStore {
    let database: SQLiteDatabase

    package init(_ database: SQLiteDatabase) {
        self.database = database
    }

    package func add(_ product: NewProduct, traceparent: String?) async throws -> ProductDocument? {
        try await database.write { try Self.add(product, traceparent: traceparent, in: $0) }
    }

    package func seed(_ products: [NewProduct]) async throws {
        try await database.write { connection in
            guard try connection.first("SELECT 1 FROM products LIMIT 1", [], { _ in true }) == nil else { return }
            for product in products { _ = try Self.add(product, traceparent: nil, in: connection) }
        }
    }

    private static func add(
        _ new: NewProduct, traceparent: String?, in connection: SQLiteConnection
    ) throws -> ProductDocument? {
        let now = Timestamp.now()
        let product = new.document(now: now)
        try connection.execute(
            """
            INSERT INTO products (product_id, name, price, currency, available, reserved, low_stock_threshold, updated_at)
            VALUES (?, ?, ?, ?, ?, 0, ?, ?) ON CONFLICT DO NOTHING
            """,
            [
                .text(product.productID.string), .text(product.name.string), .integer(product.price.amount),
                .text(product.price.currency), .integer(product.available), .integer(product.lowStockThreshold),
                .integer(now.milliseconds),
            ])
        guard connection.changes == 1 else { return nil }
        try append([(.productAdded(quantity: new.quantity), product)], now: now, traceparent, in: connection)
        return product
    }

    package func replenish(
        _ productID: ProductID, by quantity: Int64, key: IdempotencyKey?, traceparent: String?
    ) async throws -> FirstAnswer {
        try await change([productID], key, traceparent) { stock throws(StockError) in
            (try stock.replenish(productID, by: quantity), .stockReplenished(quantity: quantity))
        }
    }

    package func take(
        _ productID: ProductID, quantity: Int64, key: IdempotencyKey?, traceparent: String?
    ) async throws -> FirstAnswer {
        try await change([productID], key, traceparent) { stock throws(StockError) in
            (try stock.take(productID, quantity: quantity), .stockTaken(quantity: quantity))
        }
    }

    private func change(
        _ products: Set<ProductID>, _ key: IdempotencyKey?, _ traceparent: String?,
        _ work: @escaping @Sendable (inout Stock) throws(StockError) -> (ProductDocument, InventoryEvent.Change)
    ) async throws -> FirstAnswer {
        try await database.write { connection in
            try SQLiteFirstAnswers.answer(key, in: connection) {
                let now = Timestamp.now()
                var stock = try Self.load(products, now: now, in: connection)
                let (product, change) = try work(&stock)
                try Self.append([(change, product)], now: now, traceparent, in: connection)
                try Self.save(stock, now: now, traceparent, in: connection)
                return product.json()
            }
        }
    }

    package func product(_ id: ProductID) async throws -> ProductDocument? {
        try await database.read { connection in
            try connection.first(
                "SELECT \(ProductRow.columns) FROM products WHERE product_id = ?", [.text(id.string)], ProductRow.read)
        }
    }

    package func products(_ page: Page) async throws -> Listed<ProductDocument> {
        try await database.read { connection in
            try page.rows(
                "SELECT \(ProductRow.columns), position FROM products WHERE position < ? ORDER BY position DESC LIMIT ?",
                [.integer(page.after ?? Int64.max)], columns: ProductRow.count, in: connection, ProductRow.read)
        }
    }
}

// MARK: - Stock in a transaction

extension SQLiteInventoryStore {
    static func load(_ products: Set<ProductID>, now: Timestamp, in connection: SQLiteConnection) throws -> Stock {
        Stock(
            try products.sorted().compactMap { id in
                try connection.first(
                    "SELECT \(ProductRow.columns) FROM products WHERE product_id = ?", [.text(id.string)],
                    ProductRow.read)
            }, now: now)
    }

    /// Writes the products that changed, and an event for each whose status did.
    static func save(
        _ stock: Stock, now: Timestamp, _ traceparent: String?, in connection: SQLiteConnection
    ) throws {
        for product in stock.changed {
            try connection.execute(
                "UPDATE products SET available = ?, reserved = ?, updated_at = ? WHERE product_id = ?",
                [
                    .integer(product.available), .integer(product.reserved), .integer(now.milliseconds),
                    .text(product.productID.string),
                ])
        }
        try append(
            stock.statusChanges.map { (.stockStatusChanged(from: $0.from), $0.product) }, now: now, traceparent,
            in: connection)
    }

    private static func append(
        _ changes: [(InventoryEvent.Change, ProductDocument)], now: Timestamp, _ traceparent: String?,
        in connection: SQLiteConnection
    ) throws {
        try SQLiteOutbox.append(StockChanges.events(changes, now: now, traceparent), in: connection)
    }
}

/// A row of `products`.
enum ProductRow {
    static let columns =
        "product_id, name, price, currency, available, reserved, low_stock_threshold, updated_at"
    static let count = 8

    static func read(_ row: SQLiteRow) -> ProductDocument {
        ProductDocument(
            productID: ProductID(row.text(0)), name: ExactText(row.text(1)),
            price: Money(amount: row.int(2), currency: row.text(3)),
            available: row.int(4), reserved: row.int(5), lowStockThreshold: row.int(6),
            updatedAt: Timestamp(milliseconds: row.int(7)))
    }
}
