import Batching
import Causes
import Databases
import EventLog
import ExactText
package import Idempotency
package import Identifiers
import InventoryAPI
import JSON
import Outbox
package import PostgreSQL
import Shop
import Timestamps

/// Orders in PostgreSQL, shared by any number of replicas. Rows that can collide are inserted and locked in the order of
/// their ids.
package struct PostgreSQLOrderStore: OrderStore {
    let database: PostgreSQLDatabase
    private let confirming: TransactionBatcher<ConfirmedOrder, ConfirmOutcome>
    private let moving: TransactionBatcher<MoveRequest, Result<Order, OrderError>>

    /// - Parameter maximumWaiting: calls of one kind that may wait for a transaction.
    package init(_ database: PostgreSQLDatabase, maximumWaiting: Int = 2_000) {
        self.database = database
        confirming = TransactionBatcher(
            "confirm",
            limits: .init(
                maximumRequests: ReserveCall.maximumOrders, maximumWeight: ReserveCall.maximumLines,
                maximumWaiting: maximumWaiting),
            weight: { $0.order.items.count }, transaction: { try await Self.confirm($0, in: database) })
        moving = TransactionBatcher(
            "move", limits: .init(maximumWeight: 256, maximumWaiting: maximumWaiting),
            transaction: { try await Self.move($0, in: database) })
    }

    /// The relay, which looks for what other replicas commit, finds it also where the deadline came first.
    package func confirm(
        _ orders: [ConfirmedOrder], committed: @escaping @Sendable () -> Void
    ) async throws -> [ConfirmOutcome] {
        let outcomes = try await confirming.submit(orders)
        committed()
        return outcomes
    }

    package func move(
        _ moves: [MoveRequest], committed: @escaping @Sendable () -> Void
    ) async throws -> [Result<Order, OrderError>] {
        let outcomes = try await moving.submit(moves)
        committed()
        return outcomes
    }

    private static func confirm(
        _ orders: [ConfirmedOrder], in database: PostgreSQLDatabase
    ) async throws -> [ConfirmOutcome] {
        do {
            return try await confirmOnce(orders, in: database)
        } catch let error as PostgreSQLError where error.kind == .unknownOutcome {
            // The connection broke at the commit. What is there now as it was sent was committed, by that or by this. Where
            // that can't be found out either, the first error is what the customer has to know.
            guard let outcomes = try? await confirmOnce(orders, in: database) else { throw error }
            return zip(orders, outcomes).map { order, outcome in
                if case .known(let known) = outcome, known == order.order { return .confirmed }
                return outcome
            }
        }
    }

    private static func confirmOnce(
        _ orders: [ConfirmedOrder], in database: PostgreSQLDatabase
    ) async throws -> [ConfirmOutcome] {
        var first: [Identifier: Int] = [:]
        for (index, order) in orders.enumerated() where first[order.order.orderID] == nil {
            first[order.order.orderID] = index
        }
        let candidates = first.values.sorted().map { orders[$0] }
        // One round trip: nearly always all are new.
        let added = try await database.write(serving: candidates.count) { connection in
            try connection.runLast([Self.inserting(candidates)])[0].map { Identifier(bytes: $0.bytes(0)) }
        }
        let events = Set(added.compactMap(\.self))
        let fresh = Set(candidates.filter { events.contains($0.event.event.id) }.map(\.order.orderID))
        // Of two attempts at one order in one batch the first confirms it.
        let others = orders.enumerated().filter { index, order in
            let id = order.order.orderID
            return !fresh.contains(id) || first[id] != index
        }
        var outcomes = orders.map { _ in ConfirmOutcome.confirmed }
        guard !others.isEmpty else { return outcomes }
        let (known, former) = try await there(others.map(\.element.order), isAny: !fresh.isEmpty, in: database)
        for (index, order) in others {
            guard let there = known[order.order.orderID] ?? order.order.formerID.flatMap({ former[$0] }) else {
                throw PostgreSQLError(.conflict, "an order was there, and is gone")
            }
            outcomes[index] = .known(there)
        }
        return outcomes
    }

    /// What is there of orders that were not inserted, by their ids and by their former ids. `isAny`: others of their batch were
    /// inserted.
    private static func there(
        _ orders: [Order], isAny: Bool, in database: PostgreSQLDatabase
    ) async throws -> (known: [Identifier: Order], former: [Identifier: Order]) {
        do {
            return try await database.read { connection in
                let known = try Self.orders(Set(orders.map(\.orderID)), locking: false, in: connection)
                let former = try Self.orders(
                    formerly: orders.filter { known[$0.orderID] == nil }.compactMap(\.formerID), in: connection)
                return (known, former)
            }
        } catch let error as PostgreSQLError where isAny {
            throw PostgreSQLError(.unknownOutcome, "whether orders were stored can't be read: \(error.message)")
        }
    }

    private static func move(
        _ moves: [MoveRequest], in database: PostgreSQLDatabase
    ) async throws -> [Result<Order, OrderError>] {
        try await database.write(serving: moves.count) { connection in
            let now = Timestamp.now()
            var orders = try Self.orders(Set(moves.map(\.orderID)), locking: true, in: connection)
            var changed: Set<Identifier> = []
            var events: [OutboxEvent] = []
            let outcomes = moves.map { request -> Result<Order, OrderError> in
                guard let order = orders[request.orderID] else { return .failure(.unknownOrder) }
                do throws(OrderError) {
                    guard
                        let moved = try order.moved(
                            by: request.move, asked: request.cause.caller, at: now)
                    else {
                        return .success(order)
                    }
                    orders[request.orderID] = moved
                    changed.insert(request.orderID)
                    events.append(
                        OutboxEvent(
                            moved, traceparent: request.cause.traceparent, tracestate: request.cause.tracestate))
                    return .success(moved)
                } catch {
                    return .failure(error)
                }
            }
            try Self.save(changed.sorted().compactMap { orders[$0] }, in: connection)
            try PostgreSQLOutbox.append(events, in: connection)
            return outcomes
        }
    }

    package func rejectInterrupted(_ interrupted: [Order]) async throws -> [Identifier] {
        try await database.write { connection in
            let fresh = try Self.insert(interrupted, in: connection)
            try PostgreSQLOutbox.append(
                interrupted.filter { fresh.contains($0.orderID) }.map { OutboxEvent($0, traceparent: nil) },
                in: connection)
            let known = try Self.orders(
                Set(interrupted.map(\.orderID)).subtracting(fresh), locking: false, in: connection)
            // Rejected by a replica that was interrupted before it gave the stock back; or not inserted, for a later order has it
            // as its former id: an earlier version can't confirm it then either.
            return interrupted.map(\.orderID).filter { known[$0].map { $0.status == .rejected } ?? true }
        }
    }

    package func order(_ id: Identifier) async throws -> Order? {
        try await database.read { try Self.orders([id], locking: false, in: $0)[id] }
    }

    package func orders(formerly ids: [Identifier]) async throws -> [Identifier: Order] {
        try await database.read { try Self.orders(formerly: ids, in: $0) }
    }

    package func keySecret() async throws -> KeySecret { try await PostgreSQLKeySecret.obtain(in: database) }
}

// MARK: - In a transaction

extension PostgreSQLOrderStore {
    /// Orders and their events, those that are not there yet, in the order of their ids.
    private static func inserting(_ orders: [ConfirmedOrder]) -> PostgreSQLStatement {
        PostgreSQLOutbox.appending(
            orders.map(\.event), of: orders.map(\.order.orderID),
            inserting: """
                INSERT INTO orders (\(PostgreSQLOrderRow.columns))
                SELECT * FROM unnest(\(PostgreSQLOrderRow.parameters)) ON CONFLICT DO NOTHING RETURNING order_id AS id
                """, PostgreSQLOrderRow.values(orders.map(\.order).sorted { $0.orderID < $1.orderID }))
    }

    /// The ids of those that were inserted; one that is there already is left as it is.
    private static func insert(_ orders: [Order], in connection: PostgreSQLConnection) throws -> Set<Identifier> {
        let fresh = try connection.run(
            """
            INSERT INTO orders (\(PostgreSQLOrderRow.columns))
            SELECT * FROM unnest(\(PostgreSQLOrderRow.parameters)) ON CONFLICT DO NOTHING RETURNING order_id
            """, PostgreSQLOrderRow.values(orders.sorted { $0.orderID < $1.orderID })
        ).map { Identifier(bytes: $0.bytes(0)) }
        return Set(fresh.compactMap(\.self))
    }

    private static func save(_ orders: [Order], in connection: PostgreSQLConnection) throws {
        guard !orders.isEmpty else { return }
        try connection.execute(
            """
            UPDATE orders SET status = n.status, version = n.version, reason = n.reason, updated_at = n.updated_at,
                history = n.history, details = n.details
            FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::text[], $5::bigint[], $6::bytea[], $7::bytea[])
                AS n (order_id, status, version, reason, updated_at, history, details)
            WHERE orders.order_id = n.order_id
            """,
            [
                .uuids(orders.map(\.orderID.bytes)), .texts(orders.map(\.status.rawValue)),
                .ints(orders.map(\.version)), .texts(orders.map(\.reason?.string)),
                .ints(orders.map(\.updatedAt.milliseconds)), .byteArrays(orders.map(RecordedHistory.json)),
                .byteArrays(orders.map(RecordedDetails.json)),
            ])
    }

    private static func orders(
        formerly ids: [Identifier], in connection: PostgreSQLConnection
    ) throws -> [Identifier: Order] {
        guard !ids.isEmpty else { return [:] }
        let orders = try connection.run(
            """
            SELECT \(PostgreSQLOrderRow.columns) FROM orders WHERE coalesce(former_id, order_id) = ANY($1)
                AND (request_hash IS NOT NULL OR status = 'rejected')
            """, [.uuids(ids.map(\.bytes))]
        ).map(PostgreSQLOrderRow.read)
        return Dictionary(uniqueKeysWithValues: orders.map { ($0.formerID ?? $0.orderID, $0) })
    }

    static func orders(
        _ ids: Set<Identifier>, locking: Bool, in connection: PostgreSQLConnection
    ) throws -> [Identifier: Order] {
        guard !ids.isEmpty else { return [:] }
        let orders = try connection.run(
            """
            SELECT \(PostgreSQLOrderRow.columns) FROM orders WHERE order_id = ANY($1)
            ORDER BY order_id \(locking ? "FOR UPDATE" : "")
            """, [.uuids(ids.sorted().map(\.bytes))]
        ).map(PostgreSQLOrderRow.read)
        return Dictionary(uniqueKeysWithValues: orders.map { ($0.orderID, $0) })
    }
}

extension PostgreSQLOrderStore: OrderReader {
    package func orders(after position: Int64, limit: Int) async throws -> [(position: Int64, order: Order)] {
        try await database.read { connection in
            try Page(limit: limit, after: position).rows(
                "SELECT \(PostgreSQLOrderRow.columns), position FROM orders WHERE position > $1", [.int(position)],
                columns: PostgreSQLOrderRow.names.count, sized: ["items", "details"], oldestFirst: true, in: connection,
                PostgreSQLOrderRow.read
            ).items.map { ($0.position, $0.item) }
        }
    }

    package func sizes(of ids: [Identifier]) async throws -> [Identifier: Int] {
        try await database.read { connection in
            try connection.run(
                """
                SELECT order_id, octet_length(items) + coalesce(octet_length(details), 0) FROM orders
                WHERE order_id = ANY($1)
                """, [.uuids(ids.map(\.bytes))]
            ).map { (Identifier(bytes: $0.bytes(0)), Int($0.int(1))) }
        }.reduce(into: [:]) { sizes, row in
            if let id = row.0 { sizes[id] = row.1 }
        }
    }

    package func orders(_ ids: [Identifier]) async throws -> [Identifier: Order] {
        try await database.read { try Self.orders(Set(ids), locking: false, in: $0) }
    }

    package func lastPosition() async throws -> Int64 {
        try await database.read {
            try $0.run("SELECT coalesce(max(position), 0) FROM orders").first { $0.int(0) } ?? 0
        }
    }
}
