import Databases
package import Identifiers
import Inbox
import Outbox
import PostgreSQL
package import Timestamps

extension PostgreSQLInventoryStore: InventoryReader {
    private static let reservationsByPosition = """
        SELECT \(ReservationRow.columns), r.position
        FROM reservations r LEFT JOIN open_batches o ON o.batch_id = r.batch_id
        """
    private static let changed = "(r.position > $1 OR (r.state <> 0 AND r.updated_at >= $2))"

    package func reservations(
        after position: Int64, limit: Int
    ) async throws -> [(position: Int64, reservation: Reservation)] {
        try await database.read { connection in
            try Page(limit: limit, after: position).rows(
                "\(Self.reservationsByPosition) WHERE r.position > $1", [.int(position)], columns: ReservationRow.count,
                sized: ["items"], oldestFirst: true, in: connection, PostgreSQLReservationRow.read
            ).items.map { ($0.position, $0.item) }
        }
    }

    package func sizes(ofReservations orders: [Identifier]) async throws -> [Identifier: Int] {
        try await database.read { connection in
            try connection.run(
                "SELECT order_id, octet_length(items) FROM reservations WHERE order_id = ANY($1)",
                [.uuids(orders.map(\.bytes))]
            ).map { (Identifier(bytes: $0.bytes(0)), Int($0.int(1))) }
        }.reduce(into: [:]) { sizes, row in
            if let id = row.0 { sizes[id] = row.1 }
        }
    }

    package func reservations(of orders: [Identifier]) async throws -> [Identifier: Reservation] {
        try await database.read { try Self.load(Set(orders), locking: false, in: $0) }
    }

    package func lastReservation() async throws -> Int64 {
        try await database.read {
            try $0.run("SELECT coalesce(max(position), 0) FROM reservations").first { $0.int(0) } ?? 0
        }
    }

    package func changes(after position: Int64, since moment: Timestamp) async throws -> Int {
        try await database.read { connection in
            try connection.run(
                "SELECT count(*) FROM reservations r WHERE \(Self.changed)",
                [.int(position), .int(moment.milliseconds)]
            ).first { Int($0.int(0)) } ?? 0
        }
    }

    package func allProducts() async throws -> [Product] {
        try await database.read { connection in
            try connection.run("SELECT \(PostgreSQLProductRow.columns) FROM products ORDER BY product_id")
                .map(PostgreSQLProductRow.read)
        }
    }

    package func heldReservations() async throws -> Int {
        try await database.read { connection in
            try connection.run(
                """
                SELECT count(*) FROM open_batches o JOIN reservations r ON r.batch_id = o.batch_id WHERE r.state = 0
                """
            ).first { Int($0.int(0)) } ?? 0
        }
    }

    package func snapshot(after position: Int64, since moment: Timestamp) async throws -> StockSnapshot {
        try await database.read { connection in
            StockSnapshot(
                products: try connection.run("SELECT \(PostgreSQLProductRow.columns) FROM products")
                    .map(PostgreSQLProductRow.read),
                changed: try connection.run(
                    "\(Self.reservationsByPosition) WHERE \(Self.changed)",
                    [.int(position), .int(moment.milliseconds)]
                ).map(PostgreSQLReservationRow.read),
                outbox: try PostgreSQLOutbox.allEntries(in: connection, StockMovement.init))
        }
    }

    package func entered(_ events: [Identifier]) async throws -> Set<Identifier> {
        try await database.read { try PostgreSQLInbox.entered(events, in: $0) }
    }

    package func inbox(after event: Identifier?, limit: Int) async throws -> [Identifier] {
        try await database.read { try PostgreSQLInbox.events(after: event, limit: limit, in: $0) }
    }
}
