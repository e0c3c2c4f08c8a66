import Batching
package import Causes
package import Databases
package import Events
package import Identifiers
package import Inbox
package import InventoryAPI
import JSON
import PostgreSQL
import Shop
import Timestamps

extension PostgreSQLInventoryStore {
    package func reserve(
        _ calls: [ReserveCall], causes: [Cause], committed: @escaping @Sendable () -> Void
    ) async throws -> [[ReservationOutcome]] {
        let outcomes = try await reserving.submit(Array(zip(calls, causes)))
        // The relay, which looks for what other replicas commit, finds it also where the deadline came first.
        if outcomes.contains(where: \.publishes) { committed() }
        return outcomes.map(\.outcomes)
    }

    static func reserve(
        _ asked: [(ReserveCall, Cause)], in database: PostgreSQLDatabase
    ) async throws -> [(outcomes: [ReservationOutcome], publishes: Bool)] {
        let (calls, causes) = (asked.map(\.0), asked.map(\.1))
        return try await database.write(serving: calls.count) { connection in
            let now = Timestamp.now()
            let products = Set(calls.flatMap { $0.reservations.flatMap { $0.items.map(\.productID) } })
            // What another replica reserves for the same order meanwhile holds the same products; where it does not, the
            // row is there at the insert, and the transaction is tried again.
            let orders = Set(calls.flatMap { $0.reservations.map(\.orderID) })
            let there = try connection.run(
                Self.closing(calls.flatMap(\.closed)) + [Self.locking(products), Self.loading(orders, locking: false)])
            var stock = Stock(there[there.count - 2].map(PostgreSQLProductRow.read), now: now)
            let known = try Self.reservations(there[there.count - 1])
            let (outcomes, fresh) = stock.reserve(calls, causes: causes, known: known, now: now)
            try connection.execute(
                Self.inserting(fresh, now: now) + Self.saving(stock, now: now))
            let publishes = !stock.statusChanges.isEmpty
            return outcomes.map { ($0, publishes) }
        }
    }

    package func release(_ orders: [Identifier], cause: Cause) async throws -> Int {
        try await database.write { connection in
            // Locked first, so that what is held below stays held: another replica may be closing its batch.
            try connection.execute([Self.lockingBatches(of: orders)])
            return try Self.move([(Set(orders), .released, cause)], from: Reservation.State.undecided, in: connection)
        }
    }

    package func close(_ batches: [Identifier]) async throws -> Int {
        // One that is open again after a power cut is closed by whoever reclaims what is held.
        try await database.write(.unsynced) { try $0.runLast(Self.closing(batches)).reduce(0) { $0 + $1.changes } }
    }

    package func apply(_ events: [OrderEvent], _ bookmarks: Bookmarks?) async throws -> HandledEvents {
        try await database.write { connection in
            let fresh = try PostgreSQLInbox.enter(events.map(\.id), in: connection)
            // Locked, so that they stay as the events are judged by.
            var known = try Self.load(
                Set(events.lazy.filter { fresh.contains($0.id) }.map(\.order.orderID)), locking: true, in: connection)
            var moves: [Move] = []
            let judgement = BatchJudgement(events, id: \.id, fresh: fresh) { event in
                let (order, state) = (
                    event.order.orderID, event.kind == .shipped ? Reservation.State.shipped : .released
                )
                if let complaint = known[order]?.complaint(about: event) { return complaint }
                moves.append(([order], state, event.cause))
                let before = known[order]
                known[order] = Reservation(
                    orderID: order, batchID: before?.batchID, state: state, items: before?.items ?? [],
                    createdAt: before?.createdAt ?? event.time, updatedAt: event.time)
                return nil
            }
            try PostgreSQLInbox.remove(judgement.withdrawn, in: connection)
            try Self.move(moves, from: Reservation.State.reserved, in: connection)
            try PostgreSQLGroupMemory.remember(bookmarks, in: connection)
            return judgement.handled
        }
    }

    package func reservation(of order: Identifier) async throws -> Reservation? {
        try await database.read { try Self.load([order], locking: false, in: $0)[order] }
    }

    package func reservations(openFor seconds: Int64, _ page: Page) async throws -> Listed<Reservation> {
        try await database.read { connection in
            try page.rows(
                """
                SELECT \(ReservationRow.columns), r.position
                FROM open_batches o
                -- From the few open batches to their reservations: for the limit's sake it would go through all of these.
                CROSS JOIN LATERAL (
                    SELECT * FROM reservations WHERE batch_id = o.batch_id AND position > $2 OFFSET 0) r
                WHERE o.opened_at <= \(PostgreSQLClock.now) - $1
                """, [.int(seconds * 1_000), .int(page.after ?? 0)], columns: ReservationRow.count, sized: ["items"],
                oldestFirst: true, in: connection, PostgreSQLReservationRow.read)
        }
    }
}

// MARK: - Reservations in a transaction

extension PostgreSQLInventoryStore {
    static func load(
        _ orders: Set<Identifier>, locking: Bool, in connection: PostgreSQLConnection
    ) throws -> [Identifier: Reservation] {
        guard !orders.isEmpty else { return [:] }
        return try reservations(try connection.run([loading(orders, locking: locking)])[0])
    }

    private static func loading(_ orders: Set<Identifier>, locking: Bool) -> PostgreSQLStatement {
        PostgreSQLStatement(
            """
            SELECT \(ReservationRow.columns)
            FROM reservations r LEFT JOIN open_batches o ON o.batch_id = r.batch_id
            WHERE r.order_id = ANY($1) ORDER BY r.order_id \(locking ? "FOR UPDATE OF r" : "")
            """, [.uuids(orders.sorted().map(\.bytes))])
    }

    private static func reservations(_ loaded: PostgreSQLResult) throws -> [Identifier: Reservation] {
        let reservations = try loaded.map(PostgreSQLReservationRow.read)
        return Dictionary(uniqueKeysWithValues: reservations.map { ($0.orderID, $0) })
    }

    /// Fails with what is tried again where one is there already.
    private static func inserting(_ reservations: [Reservation], now: Timestamp) -> [PostgreSQLStatement] {
        guard !reservations.isEmpty else { return [] }
        let sorted = reservations.sorted { $0.orderID < $1.orderID }
        let insert = PostgreSQLStatement(
            """
            INSERT INTO reservations (order_id, batch_id, state, items, created_at, updated_at)
            SELECT order_id, batch_id, state, items, $5, $5
            FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bytea[]) AS r (order_id, batch_id, state, items)
            """,
            [
                .uuids(sorted.map(\.orderID.bytes)), .uuids(sorted.map { $0.batchID?.bytes }),
                .ints(sorted.map { ReservationRow.code($0.state) }),
                .byteArrays(sorted.map { ReservationRow.json($0.items) }), .int(now.milliseconds),
            ])
        let batches = Set(reservations.compactMap(\.batchID)).sorted()
        guard !batches.isEmpty else { return [insert] }
        let open = PostgreSQLStatement(
            """
            INSERT INTO open_batches (batch_id, opened_at) SELECT batch_id, \(PostgreSQLClock.now)
            FROM unnest($1::uuid[]) AS b (batch_id) ON CONFLICT DO NOTHING
            """, [.uuids(batches.map(\.bytes))])
        return [insert, open]
    }

    private static func closing(_ batches: [Identifier]) -> [PostgreSQLStatement] {
        guard !batches.isEmpty else { return [] }
        // Sorted: calls on two replicas may close the same ones.
        let close = PostgreSQLStatement(
            """
            DELETE FROM open_batches WHERE batch_id IN (
                SELECT batch_id FROM open_batches WHERE batch_id = ANY($1) ORDER BY batch_id FOR UPDATE)
            """, [.uuids(batches.map(\.bytes))])
        return [close]
    }

    private static func lockingBatches(of orders: [Identifier]) -> PostgreSQLStatement {
        PostgreSQLStatement(
            """
            SELECT batch_id FROM open_batches
            WHERE batch_id IN (SELECT batch_id FROM reservations WHERE order_id = ANY($1)) ORDER BY batch_id FOR UPDATE
            """, [.uuids(orders.map(\.bytes))])
    }

    private typealias Move = (orders: Set<Identifier>, state: Reservation.State, cause: Cause)

    /// Releases or ships what is in one of the states `from`, in the order given; what is unknown is noted in that state
    /// without items. Answers how many it was.
    @discardableResult
    private static func move(
        _ moves: [Move], from: Set<Reservation.State>, in connection: PostgreSQLConnection
    ) throws -> Int {
        let now = Timestamp.now()
        var known = try load(moves.reduce(into: []) { $0.formUnion($1.orders) }, locking: true, in: connection)
        let before = known
        let products = known.values.filter { from.contains($0.state) }.flatMap { $0.items.map(\.productID) }
        var stock = try lock(Set(products), now: now, in: connection)
        for (orders, state, cause) in moves {
            stock.cause = cause
            for order in orders.sorted() {
                guard var reservation = known[order] else {
                    known[order] = Reservation(
                        orderID: order, batchID: nil, state: state, items: [], createdAt: now, updatedAt: now)
                    continue
                }
                guard from.contains(reservation.state) else { continue }
                if state == .shipped { stock.ship(reservation.items) } else { stock.release(reservation.items) }
                reservation.state = state
                known[order] = reservation
            }
        }
        let moved = known.values.filter { before[$0.orderID].map(\.state) ?? $0.state != $0.state }
            .sorted { $0.orderID < $1.orderID }
        var writes: [PostgreSQLStatement] = []
        if !moved.isEmpty {
            let update = PostgreSQLStatement(
                """
                UPDATE reservations SET state = n.state, updated_at = $3
                FROM unnest($1::uuid[], $2::bigint[]) AS n (order_id, state) WHERE reservations.order_id = n.order_id
                """,
                [
                    .uuids(moved.map(\.orderID.bytes)), .ints(moved.map { ReservationRow.code($0.state) }),
                    .int(now.milliseconds),
                ])
            writes.append(update)
        }
        writes += inserting(known.values.filter { before[$0.orderID] == nil }, now: now)
        try connection.execute(writes + saving(stock, now: now))
        return moved.count
    }
}

/// A row of `reservations` beside its open batch, in the columns of `ReservationRow`.
enum PostgreSQLReservationRow {
    static func read(_ row: PostgreSQLRow) throws -> Reservation {
        guard let orderID = Identifier(bytes: row.bytes(0)) else {
            throw PostgreSQLError(.other, "a reservation's order_id has \(row.bytes(0).count) bytes")
        }
        return Reservation(
            orderID: orderID, batchID: row.optionalBytes(1).flatMap { Identifier(bytes: $0) },
            state: ReservationRow.state(row.int(2), isOpen: row.bool(6)),
            items: try JSON.read(row.bytes(3), OrderItem.readAll),
            createdAt: Timestamp(milliseconds: row.int(4)), updatedAt: Timestamp(milliseconds: row.int(5)))
    }
}
