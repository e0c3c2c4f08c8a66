package import Causes
package import Databases
package import Events
package import Identifiers
package import Inbox
package import InventoryAPI
import JSON
import SQLite
import Shop
import Timestamps

extension SQLiteInventoryStore {
    package func reserve(
        _ calls: [ReserveCall], causes: [Cause], committed: @escaping @Sendable () -> Void
    ) async throws -> [[ReservationOutcome]] {
        let lines = calls.reduce(0) { $0 + $1.lines }
        typealias Reserved = (outcomes: [[ReservationOutcome]], publishes: Bool)
        let tell = { @Sendable (reserved: Reserved) in if reserved.publishes { committed() } }
        return try await database.write(weight: lines, committed: tell) { connection -> Reserved in
            let now = Timestamp.now()
            try Self.close(calls.flatMap(\.closed), in: connection)
            let known = try Self.load(Set(calls.flatMap { $0.reservations.map(\.orderID) }), in: connection)
            let products = Set(calls.flatMap { $0.reservations.flatMap { $0.items.map(\.productID) } })
            var stock = try Self.load(products, now: now, in: connection)
            let (outcomes, fresh) = stock.reserve(calls, causes: causes, known: known, now: now)
            try Self.insert(fresh, now: now, in: connection)
            try Self.save(stock, now: now, in: connection)
            return (outcomes, publishes: !stock.statusChanges.isEmpty)
        }.outcomes
    }

    package func release(_ orders: [Identifier], cause: Cause) async throws -> Int {
        try await database.write { connection in
            let now = Timestamp.now()
            return try Self.move(
                Set(orders), from: Reservation.State.undecided, to: .released, now: now, cause: cause,
                in: connection)
        }
    }

    package func close(_ batches: [Identifier]) async throws -> Int {
        // One that is open again after a power cut is closed by whoever reclaims what is held.
        try await database.write(.unsynced) { try Self.close(batches, in: $0) }
    }

    package func apply(_ events: [OrderEvent], _ bookmarks: Bookmarks?) async throws -> HandledEvents {
        try await database.write { connection in
            let now = Timestamp.now()
            let fresh = try SQLiteInbox.enter(events.map(\.id), in: connection)
            let judgement = try BatchJudgement(events, id: \.id, fresh: fresh) { event in
                let reservation = try Self.load([event.order.orderID], in: connection)[event.order.orderID]
                if let complaint = reservation?.complaint(about: event) { return complaint }
                let state: Reservation.State = event.kind == .shipped ? .shipped : .released
                try Self.move(
                    [event.order.orderID], from: Reservation.State.reserved, to: state, now: now,
                    cause: event.cause, in: connection)
                return nil
            }
            try SQLiteInbox.remove(judgement.withdrawn, in: connection)
            try SQLiteGroupMemory.remember(bookmarks, in: connection)
            return judgement.handled
        }
    }

    package func reservation(of order: Identifier) async throws -> Reservation? {
        try await database.read { try Self.load([order], in: $0)[order] }
    }

    package func reservations(openFor seconds: Int64, _ page: Page) async throws -> Listed<Reservation> {
        let openedBefore = Timestamp.now().milliseconds - seconds * 1_000
        // CROSS JOIN: SQLite keeps this order, from the few open batches to their reservations; and +: not by their positions.
        return try await database.read { connection in
            try page.rows(
                """
                SELECT \(ReservationRow.columns), r.position
                FROM open_batches o CROSS JOIN reservations r ON r.batch_id = o.batch_id
                WHERE o.opened_at <= ? AND +r.position > ? ORDER BY r.position LIMIT ?
                """, [.integer(openedBefore), .integer(page.after ?? 0)], columns: ReservationRow.count, in: connection,
                ReservationRow.read)
        }
    }
}

// MARK: - Reservations in a transaction

extension SQLiteInventoryStore {
    static func load(
        _ orders: Set<Identifier>, in connection: SQLiteConnection
    ) throws -> [Identifier: Reservation] {
        var known: [Identifier: Reservation] = [:]
        for order in orders.sorted() {
            known[order] = try connection.first(
                ReservationRow.ofOrder, [.uuid(order.high, order.low)], ReservationRow.read)
        }
        return known
    }

    private static func insert(
        _ reservations: [Reservation], now: Timestamp, in connection: SQLiteConnection
    ) throws {
        var values: [SQLiteValue] = []
        for reservation in reservations.sorted(by: { $0.orderID < $1.orderID }) {
            values += [
                .uuid(reservation.orderID.high, reservation.orderID.low),
                reservation.batchID.map { .uuid($0.high, $0.low) } ?? .null,
                .integer(ReservationRow.code(reservation.state)), .blob(ReservationRow.json(reservation.items)),
                .integer(now.milliseconds), .integer(now.milliseconds),
            ]
        }
        _ = try connection.insert(
            into: "reservations", ["order_id", "batch_id", "state", "items", "created_at", "updated_at"], values)
        for batch in Set(reservations.compactMap(\.batchID)).sorted() {
            try connection.execute(
                "INSERT INTO open_batches (batch_id, opened_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
                [.uuid(batch.high, batch.low), .integer(now.milliseconds)])
        }
    }

    @discardableResult
    private static func close(_ batches: [Identifier], in connection: SQLiteConnection) throws -> Int {
        var count = 0
        for batch in batches {
            try connection.execute("DELETE FROM open_batches WHERE batch_id = ?", [.uuid(batch.high, batch.low)])
            count += connection.changes
        }
        return count
    }

    /// Releases or ships what is in one of the states `from`; what is unknown is noted in that state without items. Answers how
    /// many it was.
    @discardableResult
    private static func move(
        _ orders: Set<Identifier>, from: Set<Reservation.State>, to state: Reservation.State, now: Timestamp,
        cause: Cause, in connection: SQLiteConnection
    ) throws -> Int {
        let known = try load(orders, in: connection)
        let moving = known.values.filter { from.contains($0.state) }
        let products = Set(moving.flatMap { $0.items.map(\.productID) })
        var stock = try load(products, now: now, in: connection)
        stock.cause = cause
        for reservation in moving.sorted(by: { $0.orderID < $1.orderID }) {
            if state == .shipped { stock.ship(reservation.items) } else { stock.release(reservation.items) }
            try connection.execute(
                "UPDATE reservations SET state = ?, updated_at = ? WHERE order_id = ?",
                [
                    .integer(ReservationRow.code(state)), .integer(now.milliseconds),
                    .uuid(reservation.orderID.high, reservation.orderID.low),
                ])
        }
        let unknown = orders.filter { known[$0] == nil }.map {
            Reservation(orderID: $0, batchID: nil, state: state, items: [], createdAt: now, updatedAt: now)
        }
        try insert(unknown, now: now, in: connection)
        try save(stock, now: now, in: connection)
        return moving.count
    }
}

/// A row of `reservations` beside its open batch. Held and sold are one code: they differ by the open batch.
enum ReservationRow {
    static let columns =
        "r.order_id, r.batch_id, r.state, r.items, r.created_at, r.updated_at, o.batch_id IS NOT NULL AS is_open"
    static let count = 7
    static let ofOrder = """
        SELECT \(columns)
        FROM reservations r LEFT JOIN open_batches o ON o.batch_id = r.batch_id WHERE r.order_id = ?
        """

    static func code(_ state: Reservation.State) -> Int64 {
        switch state {
        case .held, .sold: 0
        case .released: 1
        case .shipped: 2
        }
    }

    static func state(_ code: Int64, isOpen: Bool) -> Reservation.State {
        switch code {
        case 0: isOpen ? .held : .sold
        case 1: .released
        default: .shipped
        }
    }

    static func json(_ items: [OrderItem]) -> [UInt8] {
        var json = JSONWriter(capacity: 16 + items.count * 160)
        OrderItem.write(items, to: &json)
        return json.finish()
    }

    static func read(_ row: SQLiteRow) throws -> Reservation {
        guard let orderID = Identifier(halves: row.uuid(0)) else {
            throw SQLiteError(.corrupt, "a reservation's order_id has \(row.blob(0).count) bytes")
        }
        return Reservation(
            orderID: orderID, batchID: Identifier(halves: row.uuid(1)),
            state: state(row.int(2), isOpen: row.int(6) == 1),
            items: try JSON.read(row.blob(3), OrderItem.readAll),
            createdAt: Timestamp(milliseconds: row.int(4)), updatedAt: Timestamp(milliseconds: row.int(5)))
    }
}
