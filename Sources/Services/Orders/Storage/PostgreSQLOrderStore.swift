import Events
import ExactText
package import Identifiers
import JSON
import Outbox
package import PostgreSQL
package import ServiceHost
import Timestamps

/// Orders in PostgreSQL, shared by any number of replicas. Rows that can collide are inserted and locked in the order of
/// their ids.
package struct PostgreSQLOrderStore: OrderStore {
    let database: PostgreSQLDatabase

    package init(_ database: PostgreSQLDatabase) {
        self.database = database
    }

    package func confirm(_ orders: [ConfirmedOrder]) async throws -> [ConfirmOutcome] {
        do {
            return try await confirmOnce(orders)
        } catch let error as PostgreSQLError where error.kind == .unknownOutcome {
            // The connection broke at the commit. What is there now as it was sent was committed, by that or by this. Where
            // that can't be found out either, the first error is what the customer has to know.
            guard let outcomes = try? await confirmOnce(orders) else { throw error }
            return zip(orders, outcomes).map { order, outcome in
                if case .known(let known) = outcome, known == order.order { return .confirmed }
                return outcome
            }
        }
    }

    private func confirmOnce(_ orders: [ConfirmedOrder]) async throws -> [ConfirmOutcome] {
        try await database.write { connection in
            var first: [Identifier: Int] = [:]
            for (index, order) in orders.enumerated() where first[order.order.document.orderID] == nil {
                first[order.order.document.orderID] = index
            }
            let candidates = first.values.sorted().map { orders[$0] }
            let fresh = try Self.insert(candidates.map(\.order), in: connection)
            try PostgreSQLOutbox.append(
                candidates.filter { fresh.contains($0.order.document.orderID) }.map(Self.event), in: connection)
            // Of two attempts at one order in one batch the first confirms it.
            let others = orders.enumerated().filter { index, order in
                let id = order.order.document.orderID
                return !fresh.contains(id) || first[id] != index
            }
            let known = try Self.orders(
                Set(others.map(\.element.order.document.orderID)), locking: false, in: connection)
            var outcomes = orders.map { _ in ConfirmOutcome.confirmed }
            for (index, order) in others {
                guard let there = known[order.order.document.orderID] else {
                    throw PostgreSQLError(.conflict, "an order was there, and is gone")
                }
                outcomes[index] = .known(there)
            }
            return outcomes
        }
    }

    package func move(_ moves: [MoveRequest]) async throws -> [Result<Order, OrderError>] {
        try await database.write { connection in
            let now = Timestamp.now()
            var orders = try Self.orders(Set(moves.map(\.orderID)), locking: true, in: connection)
            var changed: Set<Identifier> = []
            var events: [OutboxEvent] = []
            let outcomes = moves.map { request -> Result<Order, OrderError> in
                guard let order = orders[request.orderID] else { return .failure(.unknownOrder) }
                do throws(OrderError) {
                    guard let (moved, kind) = try order.moved(by: request.move, at: now) else {
                        return .success(order)
                    }
                    orders[request.orderID] = moved
                    changed.insert(request.orderID)
                    events.append(
                        OutboxEvent(
                            topic: Topics.orders,
                            event: OrderEvent(
                                id: .time(), kind: kind, time: moved.document.updatedAt,
                                traceparent: request.traceparent, order: moved.document
                            ).cloudEvent))
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

    package func settle(_ interrupted: [Order]) async throws -> [Identifier] {
        try await database.write { connection in
            let fresh = try Self.insert(interrupted, in: connection)
            try PostgreSQLOutbox.append(
                interrupted.filter { fresh.contains($0.document.orderID) }.map { order in
                    OutboxEvent(
                        topic: Topics.orders,
                        event: OrderEvent(
                            id: .time(), kind: .rejected, time: order.document.updatedAt, traceparent: nil,
                            order: order.document
                        ).cloudEvent)
                }, in: connection)
            let known = try Self.orders(
                Set(interrupted.map(\.document.orderID)).subtracting(fresh), locking: false, in: connection)
            // Rejected by settling that was interrupted itself: its stock may not have been released yet.
            return interrupted.map(\.document.orderID).filter {
                fresh.contains($0) || known[$0]?.document.status == .rejected
            }
        }
    }

    package func order(_ id: Identifier) async throws -> Order? {
        try await database.read { try Self.orders([id], locking: false, in: $0)[id] }
    }

    package func orders(_ filter: OrderFilter, _ page: Page) async throws -> Listed<Order> {
        var conditions = ["position < $1"]
        var values: [PostgreSQLValue] = [.int(page.after ?? Int64.max)]
        if let status = filter.status {
            values.append(.text(status.rawValue))
            conditions.append("status = $\(values.count)")
        }
        if let email = filter.customerEmail {
            values.append(.text(email.string))
            conditions += [
                "customer_email IS NOT NULL", "lower(customer_email) = lower($\(values.count) COLLATE \"C\")",
            ]
        }
        let select = """
            SELECT \(PostgreSQLOrderRow.columns), position FROM orders WHERE \(conditions.joined(separator: " AND "))
            """
        let bound = values
        return try await database.read { connection in
            try page.rows(
                select, bound, columns: PostgreSQLOrderRow.names.count, sized: ["items", "reason"], in: connection,
                PostgreSQLOrderRow.read)
        }
    }
}

// MARK: - In a transaction

extension PostgreSQLOrderStore {
    private static func event(_ confirmed: ConfirmedOrder) -> OutboxEvent {
        let document = confirmed.order.document
        return OutboxEvent(
            topic: Topics.orders,
            event: OrderEvent.cloudEvent(
                id: .time(), kind: .confirmed, time: document.updatedAt, traceparent: confirmed.traceparent,
                orderID: document.orderID, json: confirmed.json))
    }

    /// The ids of those that were inserted; one that is there already is left as it is.
    private static func insert(_ orders: [Order], in connection: PostgreSQLConnection) throws -> Set<Identifier> {
        let fresh = try connection.run(
            """
            INSERT INTO orders (\(PostgreSQLOrderRow.columns))
            SELECT * FROM unnest(\(PostgreSQLOrderRow.parameters)) ON CONFLICT (order_id) DO NOTHING RETURNING order_id
            """, PostgreSQLOrderRow.values(orders.sorted { $0.document.orderID < $1.document.orderID })
        ).map { Identifier(bytes: $0.bytes(0)) }
        return Set(fresh.compactMap(\.self))
    }

    private static func save(_ orders: [Order], in connection: PostgreSQLConnection) throws {
        guard !orders.isEmpty else { return }
        try connection.run(
            """
            UPDATE orders SET status = n.status, version = n.version, reason = n.reason, updated_at = n.updated_at
            FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::text[], $5::bigint[])
                AS n (order_id, status, version, reason, updated_at)
            WHERE orders.order_id = n.order_id
            """,
            [
                .uuids(orders.map(\.document.orderID.bytes)), .texts(orders.map(\.document.status.rawValue)),
                .ints(orders.map(\.version)), .texts(orders.map(\.document.reason?.string)),
                .ints(orders.map(\.document.updatedAt.milliseconds)),
            ])
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
        return Dictionary(uniqueKeysWithValues: orders.map { ($0.document.orderID, $0) })
    }
}

extension PostgreSQLOrderStore: OrderReader {
    package func orders(after position: Int64, limit: Int) async throws -> [(position: Int64, order: Order)] {
        try await database.read { connection in
            try connection.run(
                "SELECT \(PostgreSQLOrderRow.columns), position FROM orders WHERE position > $1 ORDER BY position LIMIT $2",
                [.int(position), .int(Int64(limit))]
            ).map { ($0.int(PostgreSQLOrderRow.names.count), try PostgreSQLOrderRow.read($0)) }
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
