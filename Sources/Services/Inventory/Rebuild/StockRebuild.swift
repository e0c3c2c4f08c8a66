package import Events
import ExactText
import Identifiers
import Inbox
package import SQLite
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

    /// Adds events up, each once.
    package func add(_ events: [StockEvent]) async throws {
        try await database.write { connection in
            let fresh = try SQLiteInbox.enter(events.map(\.id), in: connection)
            var seen: Set<Identifier> = []
            for event in events where fresh.contains(event.id) && seen.insert(event.id).inserted {
                switch event {
                case .product(let event): try Self.add(event, in: connection)
                case .order(let event): try Self.add(event, in: connection)
                }
            }
        }
    }

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
    }

    private static func add(_ event: OrderEvent, in connection: SQLiteConnection) throws {
        let order = event.order.orderID
        let known = try SQLiteInventoryStore.load([order], in: connection)[order]
        let state: Reservation.State
        switch event.kind {
        case .confirmed: state = .settled
        case .shipped: state = .shipped
        case .cancelled, .rejected: state = .released
        // It has left the house before.
        case .delivered: return
        }
        guard state != known?.state else { return }
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
                    (product_id, name, price, currency, available, reserved, low_stock_threshold, updated_at)
                SELECT product_id, name, price, currency, \(available), reserved, low_stock_threshold, updated_at
                FROM rebuilt_stock WHERE name IS NOT NULL AND \(available) >= 0 AND reserved >= 0 ORDER BY product_id
                """)
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
package enum StockEvent: Sendable {
    case product(InventoryEvent)
    case order(OrderEvent)

    var id: Identifier {
        switch self {
        case .product(let event): event.id
        case .order(let event): event.id
        }
    }
}
