package import Events
import ExactText
import Identifiers
package import Inbox
package import SQLite
import Shop
import Timestamps

/// Builds the stock from what the log says came, went, was ordered, cancelled and shipped.
///
/// Events of different orders and products come in any order: everything is added up, and the products are written at the
/// end, when no sum can be below zero for a moment only.
package struct StockRebuild: Sendable {
    private static let schema = """
        CREATE TABLE IF NOT EXISTS rebuilt_stock (
            product_id TEXT PRIMARY KEY,
            name TEXT, price INTEGER, currency TEXT, low_stock_threshold INTEGER,
            archived INTEGER NOT NULL DEFAULT 0, metadata TEXT,
            came INTEGER NOT NULL DEFAULT 0,
            reserved INTEGER NOT NULL DEFAULT 0,
            shipped INTEGER NOT NULL DEFAULT 0,
            updated_at INTEGER NOT NULL DEFAULT 0
        ) STRICT
        """

    private let database: SQLiteDatabase

    /// `database` has the inventory service's migrations, and is nobody's.
    package init(_ database: SQLiteDatabase) async throws {
        self.database = database
        try await database.write { try $0.execute(Self.schema) }
    }

    /// Adds events up, each once. Nothing is done for those that the service refuses, too.
    package func add(_ events: [StockEvent]) async throws -> HandledEvents {
        try await database.write { connection in
            let fresh = try SQLiteInbox.enter(events.map(\.id), in: connection)
            let judgement = try BatchJudgement(events, id: \.id, fresh: fresh) { event in
                switch event {
                case .product(let event):
                    try Self.add(event, in: connection)
                    return nil
                case .order(let event): return try Self.add(event, in: connection)
                }
            }
            try SQLiteInbox.remove(judgement.withdrawn, in: connection)
            return judgement.handled
        }
    }

    /// The events of a product come in their order: what it is, the last one says.
    private static func add(_ event: InventoryEvent, in connection: SQLiteConnection) throws {
        let product = event.product
        try connection.execute(
            """
            INSERT INTO rebuilt_stock (product_id, name, price, currency, low_stock_threshold, came, updated_at)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET name = excluded.name, price = excluded.price, currency = excluded.currency,
                low_stock_threshold = excluded.low_stock_threshold, came = came + excluded.came,
                updated_at = max(updated_at, excluded.updated_at)
            """,
            [
                .text(product.productID.string), .text(product.name.string), .integer(product.price.amount),
                .text(product.price.currency), .integer(product.lowStockThreshold), .integer(event.change.units),
                .integer(event.time.milliseconds),
            ])
        // A replica of an earlier version, which knows nothing of these, tells of stock without them.
        guard event.change.describes else { return }
        try connection.execute(
            "UPDATE rebuilt_stock SET archived = ?, metadata = ? WHERE product_id = ?",
            [
                .integer(product.isArchived ? 1 : 0), product.metadata.map { .text($0.kept) } ?? .null,
                .text(product.productID.string),
            ])
    }

    /// Answers why it can't have happened; nil when it can.
    private static func add(_ event: OrderEvent, in connection: SQLiteConnection) throws -> String? {
        let order = event.order.orderID
        let known = try SQLiteInventoryStore.load([order], in: connection)[order]
        if let complaint = known?.complaint(about: event) { return complaint }
        let state: Reservation.State
        switch event.kind {
        // What came before it in another partition, or is forged, stays as it is: the service moves no stock by it.
        case .confirmed:
            guard known == nil else { return nil }
            state = .sold
        case .shipped: state = .shipped
        case .cancelled, .rejected: state = .released
        // It has left the house before.
        case .delivered: return nil
        }
        guard state != known?.state else { return nil }
        // Units of the order that are reserved or shipped by now, and will be.
        for (state, sign) in [(known?.state ?? .released, Int64(-1)), (state, 1)] where state != .released {
            let column = state == .shipped ? "shipped" : "reserved"
            for item in known?.items ?? event.order.items {
                try connection.execute(
                    """
                    INSERT INTO rebuilt_stock (product_id, \(column), updated_at) VALUES (?, ?, ?)
                    ON CONFLICT DO UPDATE SET \(column) = \(column) + excluded.\(column),
                        updated_at = max(updated_at, excluded.updated_at)
                    """,
                    [.text(item.productID.string), .integer(sign * item.quantity), .integer(event.time.milliseconds)])
            }
        }
        try connection.execute(
            """
            INSERT INTO reservations (order_id, state, items, created_at, updated_at) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET state = excluded.state, updated_at = excluded.updated_at
            """,
            [
                .blob(order.bytes), .integer(ReservationRow.code(state)), .blob(ReservationRow.json(event.order.items)),
                .integer(event.order.createdAt.milliseconds), .integer(event.time.milliseconds),
            ])
        return nil
    }

    /// Writes the products that the sums make, in place of those that were there. Answers what can't be: products that
    /// were ordered and never added, or more often than they were there.
    package func finish() async throws -> [String] {
        try await database.write { connection in
            try connection.execute("DELETE FROM products")
            let available = "came - reserved - shipped"
            try connection.execute(
                """
                INSERT INTO products
                    (product_id, name, price, currency, available, reserved, low_stock_threshold, archived, metadata,
                        updated_at)
                SELECT product_id, name, price, currency, \(available), reserved, low_stock_threshold, archived, metadata,
                    updated_at
                FROM rebuilt_stock WHERE name IS NOT NULL AND \(available) >= 0 AND reserved >= 0 ORDER BY product_id
                """)
            try connection.execute("UPDATE products SET level = \(ProductRow.levelOfStock)")
            return try connection.rows(
                """
                SELECT product_id, came, reserved, shipped FROM rebuilt_stock
                WHERE name IS NULL OR \(available) < 0 OR reserved < 0 ORDER BY product_id
                """
            ) { row in
                "product \(row.text(0)): \(row.int(1)) came in, \(row.int(2)) are reserved and \(row.int(3)) shipped"
            }
        }
    }
}

/// An event that tells of stock.
package enum StockEvent: Sendable, Hashable {
    case product(InventoryEvent)
    case order(OrderEvent)

    var id: Identifier {
        switch self {
        case .product(let event): event.id
        case .order(let event): event.id
        }
    }
}
