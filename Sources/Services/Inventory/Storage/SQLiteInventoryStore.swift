package import Causes
package import Databases
import Events
import ExactText
package import Idempotency
import Identifiers
import Inbox
import InventoryAPI
import Outbox
package import SQLite
package import Shop
import Timestamps

package struct SQLiteInventoryStore: InventoryStore {
    let database: SQLiteDatabase

    package init(_ database: SQLiteDatabase) {
        self.database = database
    }

    package func add(_ product: NewProduct, cause: Cause) async throws -> Product? {
        try await database.write { try Self.add(product, cause: cause, in: $0) }
    }

    package func seed(_ products: [NewProduct]) async throws {
        try await database.write { connection in
            guard try connection.first("SELECT 1 FROM products LIMIT 1", [], { _ in true }) == nil else { return }
            for product in products { _ = try Self.add(product, cause: .unknown, in: connection) }
        }
    }

    private static func add(
        _ new: NewProduct, cause: Cause, in connection: SQLiteConnection
    ) throws -> Product? {
        let now = Timestamp.now()
        let product = new.product(now: now)
        try connection.execute(
            """
            INSERT INTO products
                (product_id, name, price, currency, available, reserved, low_stock_threshold, metadata, level, updated_at)
            VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?, ?) ON CONFLICT DO NOTHING
            """,
            [
                .text(product.productID.string), .text(product.name.string), .integer(product.price.amount),
                .text(product.price.currency), .integer(product.available), .integer(product.lowStockThreshold),
                product.metadata.map { .text($0.kept) } ?? .null, .integer(ProductRow.level(product.status)),
                .integer(now.milliseconds),
            ])
        guard connection.changes == 1 else { return nil }
        try append([(.productAdded(quantity: new.quantity), product, cause)], now: now, in: connection)
        return product
    }

    package func replenish(
        _ productID: ProductID, by quantity: Int64, key: IdempotencyKey?, cause: Cause,
        answer: @escaping @Sendable (Product) -> [UInt8]
    ) async throws -> FirstAnswer {
        try await change([productID], key, cause, answer) { stock throws(StockError) in
            (try stock.replenish(productID, by: quantity), .stockReplenished(quantity: quantity))
        }
    }

    package func take(
        _ productID: ProductID, quantity: Int64, key: IdempotencyKey?, cause: Cause,
        answer: @escaping @Sendable (Product) -> [UInt8]
    ) async throws -> FirstAnswer {
        try await change([productID], key, cause, answer) { stock throws(StockError) in
            (try stock.take(productID, quantity: quantity), .stockTaken(quantity: quantity))
        }
    }

    private func change(
        _ products: Set<ProductID>, _ key: IdempotencyKey?, _ cause: Cause,
        _ answer: @escaping @Sendable (Product) -> [UInt8],
        _ work: @escaping @Sendable (inout Stock) throws(StockError) -> (Product, InventoryEvent.Change)
    ) async throws -> FirstAnswer {
        try await database.write { connection in
            try SQLiteFirstAnswers.answer(key, in: connection) {
                let now = Timestamp.now()
                var stock = try Self.load(products, now: now, in: connection)
                stock.cause = cause
                let (product, change) = try work(&stock)
                try Self.append([(change, product, cause)], now: now, in: connection)
                try Self.save(stock, now: now, in: connection)
                return answer(product)
            }
        }
    }

    package func change(
        _ productID: ProductID, by change: ProductChange, cause: Cause
    ) async throws -> (product: Product, isChanged: Bool) {
        try await database.write { connection in
            let now = Timestamp.now()
            var stock = try Self.load([productID], now: now, in: connection)
            stock.cause = cause
            let (product, members) = try stock.change(productID, by: change)
            guard !members.isEmpty else { return (product, false) }
            try connection.execute(
                """
                UPDATE products SET name = ?, price = ?, currency = ?, low_stock_threshold = ?, archived = ?, metadata = ?
                WHERE product_id = ?
                """,
                [
                    .text(product.name.string), .integer(product.price.amount), .text(product.price.currency),
                    .integer(product.lowStockThreshold), .integer(product.isArchived ? 1 : 0),
                    product.metadata.map { .text($0.kept) } ?? .null, .text(productID.string),
                ])
            try Self.append([(.productChanged(members: members), product, cause)], now: now, in: connection)
            try Self.save(stock, now: now, in: connection)
            return (product, true)
        }
    }

    package func product(_ id: ProductID) async throws -> Product? {
        try await database.read { connection in
            try connection.first(
                ProductRow.ofID, [.text(id.string)], ProductRow.read)
        }
    }

    package func products(_ filter: ProductFilter, _ page: Page) async throws -> Listed<Product> {
        try await database.read { connection in
            try page.rows(
                """
                SELECT \(ProductRow.columns), position FROM products
                WHERE \(ProductRow.condition(filter))position < ? ORDER BY position DESC LIMIT ?
                """, [.integer(page.after ?? Int64.max)], columns: ProductRow.count, in: connection, ProductRow.read)
        }
    }
}

// MARK: - Stock in a transaction

extension SQLiteInventoryStore {
    static func load(_ products: Set<ProductID>, now: Timestamp, in connection: SQLiteConnection) throws -> Stock {
        Stock(
            try products.sorted().compactMap { id in
                try connection.first(
                    ProductRow.ofID, [.text(id.string)],
                    ProductRow.read)
            }, now: now)
    }

    /// Writes the stock of the products that changed, and an event for each whose status did.
    static func save(_ stock: Stock, now: Timestamp, in connection: SQLiteConnection) throws {
        for product in stock.changed {
            try connection.execute(
                "UPDATE products SET available = ?, reserved = ?, updated_at = ? WHERE product_id = ?",
                [
                    .integer(product.available), .integer(product.reserved), .integer(now.milliseconds),
                    .text(product.productID.string),
                ])
        }
        let changes = stock.statusChanges
        for (product, _, _) in changes {
            try connection.execute(
                "UPDATE products SET level = ? WHERE product_id = ?",
                [.integer(ProductRow.level(product.status)), .text(product.productID.string)])
        }
        try append(StockChanges.told(changes), now: now, in: connection)
    }

    private static func append(
        _ changes: [StockChanges.Change], now: Timestamp, in connection: SQLiteConnection
    ) throws {
        try SQLiteOutbox.append(StockChanges.events(changes, now: now), in: connection)
    }
}

/// A row of `products`.
enum ProductRow {
    static let columns =
        "product_id, name, price, currency, available, reserved, low_stock_threshold, archived, metadata, updated_at"
    static let count = 10
    static let ofID = "SELECT \(columns) FROM products WHERE product_id = ?"

    static func read(_ row: SQLiteRow) -> Product {
        Product(
            productID: ProductID(row.text(0)), name: ExactText(row.text(1)),
            price: Money(amount: row.int(2), currency: row.text(3)),
            available: row.int(4), reserved: row.int(5), lowStockThreshold: row.int(6),
            isArchived: row.int(7) != 0, metadata: Metadata(kept: row.optionalText(8)),
            updatedAt: Timestamp(milliseconds: row.int(9)))
    }

    /// The status as indexes have it. It is a column of its own, so that stock that moves within a status costs them nothing.
    static func level(_ status: StockStatus) -> Int64 {
        switch status {
        case .inStock: 0
        case .lowStock: 1
        case .outOfStock: 2
        }
    }

    /// The same in SQL, of columns of their own names.
    static let levelOfStock =
        "CASE WHEN available = 0 THEN 2 WHEN available <= low_stock_threshold THEN 1 ELSE 0 END"

    /// What stands before other conditions, for both engines; each filter has an index.
    static func condition(_ filter: ProductFilter) -> String {
        (filter.isArchived.map { "archived = \($0) AND " } ?? "")
            + (filter.status.map { "level = \(level($0)) AND " } ?? "")
    }
}
