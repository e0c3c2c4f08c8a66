import Databases
import Events
package import Identifiers
package import Inbox
import Outbox
import SQLite
package import Shop
package import Timestamps

/// What audit reads of the stock, beside the running service: each call is a short transaction of its own.
package protocol InventoryReader: InboxReader {
    /// The reservations behind a position, up to `limit`, in the order of their positions; about 1 MiB of them at most.
    func reservations(after position: Int64, limit: Int) async throws -> [(position: Int64, reservation: Reservation)]

    /// Those of these orders' reservations that there are.
    func reservations(of orders: [Identifier]) async throws -> [Identifier: Reservation]

    /// About how many bytes those of these orders' reservations have that there are.
    func sizes(ofReservations orders: [Identifier]) async throws -> [Identifier: Int]

    /// The last position, about as many as there are reservations.
    func lastReservation() async throws -> Int64

    /// How many reservations are new behind a position, or were released or shipped since a moment.
    func changes(after position: Int64, since moment: Timestamp) async throws -> Int

    /// Every product, by id.
    func allProducts() async throws -> [Product]

    /// How many reservations are in open batches, so that nobody may know their orders yet.
    func heldReservations() async throws -> Int

    /// One moment of the stock: every product, those changes, and what the outbox holds.
    func snapshot(after position: Int64, since moment: Timestamp) async throws -> StockSnapshot
}

/// The stock at one moment: all of it was read in one transaction.
package struct StockSnapshot: Sendable {
    package var products: [Product]
    /// Those that are new, or moved, since what was asked for.
    package var changed: [Reservation]
    /// Of published ones, too, that are kept yet.
    package var outbox: [StockMovement]
}

/// What an event in the outbox says that came in or went out.
package struct StockMovement: Sendable, Hashable {
    package var event: Identifier
    package var productID: ProductID
    package var units: Int64
    /// What it says that the product is.
    package var words: ProductWords
    /// Whether it says so of all of them.
    package var describes: Bool

    init(_ entry: OutboxEntry) throws {
        let event = try InventoryEvent(entry.row.event.event)
        self.event = event.id
        productID = event.product.productID
        units = event.change.units
        words = ProductWords(event.product)
        describes = event.change.describes
    }
}

extension SQLiteInventoryStore: InventoryReader {
    private static let reservationsByPosition = """
        SELECT \(ReservationRow.columns), r.position
        FROM reservations r LEFT JOIN open_batches o ON o.batch_id = r.batch_id
        """
    private static let changed = "(r.position > ? OR (r.state <> 0 AND r.updated_at >= ?))"

    package func reservations(
        after position: Int64, limit: Int
    ) async throws -> [(position: Int64, reservation: Reservation)] {
        try await database.read { connection in
            try Page(limit: limit, after: position).rows(
                "\(Self.reservationsByPosition) WHERE r.position > ? ORDER BY r.position LIMIT ?", [.integer(position)],
                columns: ReservationRow.count, in: connection, ReservationRow.read
            ).items.map { ($0.position, $0.item) }
        }
    }

    package func sizes(ofReservations orders: [Identifier]) async throws -> [Identifier: Int] {
        try await database.read { connection in
            var sizes: [Identifier: Int] = [:]
            for id in orders {
                sizes[id] = try connection.first(
                    "SELECT length(items) FROM reservations WHERE order_id = ?", [.blob(id.bytes)]
                ) { Int($0.int(0)) }
            }
            return sizes
        }
    }

    package func reservations(of orders: [Identifier]) async throws -> [Identifier: Reservation] {
        try await database.read { try Self.load(Set(orders), in: $0) }
    }

    package func lastReservation() async throws -> Int64 {
        try await database.read {
            try $0.first("SELECT coalesce(max(position), 0) FROM reservations") { $0.int(0) } ?? 0
        }
    }

    package func changes(after position: Int64, since moment: Timestamp) async throws -> Int {
        try await database.read { connection in
            let count = try connection.first(
                "SELECT count(*) FROM reservations r WHERE \(Self.changed)",
                [.integer(position), .integer(moment.milliseconds)]
            ) { Int($0.int(0)) }
            return count ?? 0
        }
    }

    package func snapshot(after position: Int64, since moment: Timestamp) async throws -> StockSnapshot {
        try await database.read { connection in
            StockSnapshot(
                products: try connection.rows("SELECT \(ProductRow.columns) FROM products") { ProductRow.read($0) },
                changed: try connection.rows(
                    "\(Self.reservationsByPosition) WHERE \(Self.changed)",
                    [.integer(position), .integer(moment.milliseconds)], ReservationRow.read),
                outbox: try SQLiteOutbox.allEntries(in: connection, StockMovement.init))
        }
    }

    package func allProducts() async throws -> [Product] {
        try await database.read { connection in
            try connection.rows("SELECT \(ProductRow.columns) FROM products ORDER BY product_id") {
                ProductRow.read($0)
            }
        }
    }

    package func heldReservations() async throws -> Int {
        let count = try await database.read { connection in
            try connection.first(
                """
                SELECT count(*) FROM open_batches o CROSS JOIN reservations r ON r.batch_id = o.batch_id WHERE r.state = 0
                """
            ) { Int($0.int(0)) }
        }
        return count ?? 0
    }

    package func entered(_ events: [Identifier]) async throws -> Set<Identifier> {
        try await database.read { try SQLiteInbox.entered(events, in: $0) }
    }

    package func inbox(after event: Identifier?, limit: Int) async throws -> [Identifier] {
        try await database.read { try SQLiteInbox.events(after: event, limit: limit, in: $0) }
    }
}
