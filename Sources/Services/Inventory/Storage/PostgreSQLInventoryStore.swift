import Batching
package import Causes
package import Databases
import Events
import ExactText
package import Idempotency
import Identifiers
import Inbox
import InventoryAPI
import Outbox
package import PostgreSQL
package import Shop
import Timestamps

/// Stock in PostgreSQL, shared by any number of replicas. Products are locked in the order of their ids, after
/// reservations; what is not locked is never written.
package struct PostgreSQLInventoryStore: InventoryStore {
    let database: PostgreSQLDatabase
    let reserving: TransactionBatcher<(ReserveCall, Cause), (outcomes: [ReservationOutcome], publishes: Bool)>

    /// - Parameter maximumWaiting: reserve calls that may wait for a transaction.
    package init(_ database: PostgreSQLDatabase, maximumWaiting: Int = 2_000) {
        self.database = database
        reserving = TransactionBatcher(
            "reserve",
            limits: .init(
                maximumRequests: 64, maximumWeight: 2 * ReserveCall.maximumLines, maximumWaiting: maximumWaiting),
            weight: { $0.0.lines }, transaction: { try await Self.reserve($0, in: database) })
    }

    package func add(_ product: NewProduct, cause: Cause) async throws -> Product? {
        try await database.write { try Self.add([product], cause: cause, in: $0).first }
    }

    package func seed(_ products: [NewProduct]) async throws {
        try await database.write { connection in
            // Of replicas that start together one does it.
            try connection.run("SELECT pg_advisory_xact_lock(hashtext('orderlog seed'))")
            guard try connection.run("SELECT 1 FROM products LIMIT 1").count == 0 else { return }
            _ = try Self.add(products, cause: .unknown, in: connection)
        }
    }

    /// Those that were not there yet.
    private static func add(
        _ new: [NewProduct], cause: Cause, in connection: PostgreSQLConnection
    ) throws -> [Product] {
        let now = Timestamp.now()
        var added: [Product] = []
        for new in new {
            let product = new.product(now: now)
            let result = try connection.run(
                """
                INSERT INTO products
                    (product_id, name, price, currency, available, reserved, low_stock_threshold, metadata, updated_at)
                VALUES ($1, $2, $3, $4, $5, 0, $6, $7, $8) ON CONFLICT (product_id) DO NOTHING
                """,
                [
                    .text(product.productID.string), .text(product.name.string), .int(product.price.amount),
                    .text(product.price.currency), .int(product.available), .int(product.lowStockThreshold),
                    .optional(product.metadata?.kept), .int(now.milliseconds),
                ])
            if result.changes == 1 { added.append(product) }
        }
        let quantities = Dictionary(new.map { ($0.productID, $0.quantity) }) { first, _ in first }
        _ = try connection.run(
            appending(
                added.map { (.productAdded(quantity: quantities[$0.productID] ?? 0), $0, cause) }, now: now))
        return added
    }

    package func replenish(
        _ productID: ProductID, by quantity: Int64, key: IdempotencyKey?, cause: Cause,
        answer: @escaping @Sendable (Product) -> [UInt8]
    ) async throws -> FirstAnswer {
        try await change(productID, key, cause, answer) { stock throws(StockError) in
            (try stock.replenish(productID, by: quantity), .stockReplenished(quantity: quantity))
        }
    }

    package func take(
        _ productID: ProductID, quantity: Int64, key: IdempotencyKey?, cause: Cause,
        answer: @escaping @Sendable (Product) -> [UInt8]
    ) async throws -> FirstAnswer {
        try await change(productID, key, cause, answer) { stock throws(StockError) in
            (try stock.take(productID, quantity: quantity), .stockTaken(quantity: quantity))
        }
    }

    private func change(
        _ product: ProductID, _ key: IdempotencyKey?, _ cause: Cause,
        _ answer: @escaping @Sendable (Product) -> [UInt8],
        _ work: @escaping @Sendable (inout Stock) throws(StockError) -> (Product, InventoryEvent.Change)
    ) async throws -> FirstAnswer {
        try await database.write { connection in
            try PostgreSQLFirstAnswers.answer(key, in: connection) {
                let now = Timestamp.now()
                var stock = try Self.lock([product], now: now, in: connection)
                stock.cause = cause
                let (product, change) = try work(&stock)
                _ = try connection.run(
                    Self.appending([(change, product, cause)], now: now) + Self.saving(stock, now: now))
                return answer(product)
            }
        }
    }

    package func change(
        _ productID: ProductID, by change: ProductChange, cause: Cause
    ) async throws -> (product: Product, isChanged: Bool) {
        try await database.write { connection in
            let now = Timestamp.now()
            var stock = try Self.lock([productID], now: now, in: connection)
            stock.cause = cause
            let (product, members) = try stock.change(productID, by: change)
            guard !members.isEmpty else { return (product, false) }
            let update = PostgreSQLStatement(
                """
                UPDATE products SET name = $2, price = $3, currency = $4, low_stock_threshold = $5, archived = ($6 <> 0),
                    metadata = $7
                WHERE product_id = $1
                """,
                [
                    .text(productID.string), .text(product.name.string), .int(product.price.amount),
                    .text(product.price.currency), .int(product.lowStockThreshold), .int(product.isArchived ? 1 : 0),
                    .optional(product.metadata?.kept),
                ])
            _ = try connection.run(
                [update] + Self.appending([(.productChanged(members: members), product, cause)], now: now)
                    + Self.saving(stock, now: now))
            return (product, true)
        }
    }

    package func product(_ id: ProductID) async throws -> Product? {
        try await database.read { connection in
            try connection.run(
                "SELECT \(PostgreSQLProductRow.columns) FROM products WHERE product_id = $1", [.text(id.string)]
            ).first(PostgreSQLProductRow.read)
        }
    }

    package func products(_ filter: ProductFilter, _ page: Page) async throws -> Listed<Product> {
        try await database.read { connection in
            try page.rows(
                """
                SELECT \(PostgreSQLProductRow.columns), position FROM products
                WHERE \(ProductRow.condition(filter))position < $1
                """,
                [.int(page.after ?? Int64.max)], columns: PostgreSQLProductRow.count,
                sized: ["product_id", "name", "metadata"], in: connection, PostgreSQLProductRow.read)
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

    /// Writes the stock of the products that changed, and an event for each whose status did.
    static func saving(_ stock: Stock, now: Timestamp) -> [PostgreSQLStatement] {
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
        return [update] + appending(StockChanges.told(stock.statusChanges), now: now)
    }

    private static func appending(_ changes: [StockChanges.Change], now: Timestamp) -> [PostgreSQLStatement] {
        PostgreSQLOutbox.appending(StockChanges.events(changes, now: now))
    }
}

/// A row of `products`.
enum PostgreSQLProductRow {
    static let columns = ProductRow.columns
    static let count = ProductRow.count

    static func read(_ row: PostgreSQLRow) -> Product {
        Product(
            productID: ProductID(row.text(0)), name: ExactText(row.text(1)),
            price: Money(amount: row.int(2), currency: row.text(3)),
            available: row.int(4), reserved: row.int(5), lowStockThreshold: row.int(6),
            isArchived: row.bool(7), metadata: Metadata(kept: row.optionalText(8)),
            updatedAt: Timestamp(milliseconds: row.int(9)))
    }
}
