package import Events
package import Identifiers
package import Inbox
package import Outbox
import SQLite
package import Timestamps

/// What audit reads of the stock, beside the running service: each call is a short transaction of its own.
package protocol InventoryReader: InboxReader {
    /// The reservations behind a position, up to `limit`, in the order of their positions.
    func reservations(after position: Int64, limit: Int) async throws -> [(position: Int64, reservation: Reservation)]

    /// Those of these orders' reservations that there are.
    func reservations(of orders: [Identifier]) async throws -> [Identifier: Reservation]

    /// The last position, about as many as there are reservations.
    func lastReservation() async throws -> Int64

    /// How many reservations are new behind a position, or were released or shipped since a moment.
    func changes(after position: Int64, since moment: Timestamp) async throws -> Int

    /// Every product, by id.
    func allProducts() async throws -> [ProductDocument]

    /// How many reservations are in open batches, so that nobody may know their orders yet.
    func heldReservations() async throws -> Int

    /// One moment of the stock: every product, those changes, and what the outbox holds.
    func snapshot(after position: Int64, since moment: Timestamp) async throws -> StockSnapshot
}

package struct StockSnapshot: Sendable {
    package var products: [ProductDocument]
    package var changed: [Reservation]
    package var outbox: [OutboxEntry]
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
            try connection.rows(
                "\(Self.reservationsByPosition) WHERE r.position > ? ORDER BY r.position LIMIT ?",
                [.integer(position), .integer(Int64(limit))]
            ) { ($0.int(ReservationRow.count), try ReservationRow.read($0)) }
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
                outbox: try SQLiteOutbox.entries(after: 0, limit: .max, in: connection))
        }
    }

    package func allProducts() async throws -> [ProductDocument] {
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
