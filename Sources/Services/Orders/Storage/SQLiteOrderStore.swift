import Causes
import ExactText
package import Idempotency
package import Identifiers
import Outbox
package import SQLite
import Shop
import Timestamps

package struct SQLiteOrderStore: OrderStore {
    let database: SQLiteDatabase

    package init(_ database: SQLiteDatabase) {
        self.database = database
    }

    package func confirm(
        _ orders: [ConfirmedOrder], committed: @escaping @Sendable () -> Void
    ) async throws -> [ConfirmOutcome] {
        let lines = orders.reduce(0) { $0 + $1.order.items.count }
        return try await database.write(weight: lines, committed: { _ in committed() }) { connection in
            try orders.map { order in
                // Nearly always it is new.
                if try Self.insert(order.order, in: connection) {
                    try SQLiteOutbox.append([order.event], in: connection)
                    return .confirmed
                }
                if let known = try Self.order(order.order.orderID, in: connection) { return .known(known) }
                if let former = order.order.formerID, let known = try Self.order(formerly: former, in: connection) {
                    return .known(known)
                }
                throw SQLiteError(.corrupt, "an order is not inserted, and not there")
            }
        }
    }

    package func move(
        _ moves: [MoveRequest], committed: @escaping @Sendable () -> Void
    ) async throws -> [Result<Order, OrderError>] {
        try await database.write(weight: moves.count, committed: { _ in committed() }) { connection in
            let now = Timestamp.now()
            return try moves.map { request in
                guard let order = try Self.order(request.orderID, in: connection) else {
                    return .failure(.unknownOrder)
                }
                do {
                    guard
                        let moved = try order.moved(
                            by: request.move, asked: request.cause.caller, at: now)
                    else { return .success(order) }
                    try Self.save(moved, request.cause, in: connection)
                    return .success(moved)
                } catch let error as OrderError {
                    return .failure(error)
                }
            }
        }
    }

    package func rejectInterrupted(_ interrupted: [Order]) async throws -> [Identifier] {
        try await database.write { connection in
            var events: [OutboxEvent] = []
            let released = try interrupted.compactMap { order -> Identifier? in
                let id = order.orderID
                if let known = try Self.order(id, in: connection) {
                    // Rejected by a replica that was interrupted before it gave the stock back.
                    return known.status == .rejected ? id : nil
                }
                // None is inserted where a later order has it as its former id: an earlier version can't confirm it then either.
                if try Self.insert(order, in: connection) {
                    events.append(OutboxEvent(order, traceparent: nil))
                }
                return id
            }
            try SQLiteOutbox.append(events, in: connection)
            return released
        }
    }

    package func order(_ id: Identifier) async throws -> Order? {
        try await database.read { try Self.order(id, in: $0) }
    }

    package func orders(formerly ids: [Identifier]) async throws -> [Identifier: Order] {
        try await database.read { connection in
            var orders: [Identifier: Order] = [:]
            for id in ids { orders[id] = try Self.order(formerly: id, in: connection) }
            return orders
        }
    }

    package func keySecret() async throws -> KeySecret { try await SQLiteKeySecret.obtain(in: database) }
}

// MARK: - In a transaction

extension SQLiteOrderStore {
    static func order(_ id: Identifier, in connection: SQLiteConnection) throws -> Order? {
        try connection.first(
            OrderRow.ofID, [.uuid(id.high, id.low)], OrderRow.read)
    }

    private static func order(formerly id: Identifier, in connection: SQLiteConnection) throws -> Order? {
        try connection.first(
            """
            SELECT \(OrderRow.columns) FROM orders WHERE coalesce(former_id, order_id) = ?
                AND (request_hash IS NOT NULL OR status = 'rejected')
            """, [.uuid(id.high, id.low)], OrderRow.read)
    }

    /// Whether it was inserted: an order that is there already is left as it is.
    private static func insert(_ order: Order, in connection: SQLiteConnection) throws -> Bool {
        try connection.insert(
            into: "orders", OrderRow.names, row: OrderRow.values(order), suffix: "ON CONFLICT DO NOTHING") == 1
    }

    private static func save(_ order: Order, _ cause: Cause, in connection: SQLiteConnection) throws {
        try connection.execute(
            """
            UPDATE orders SET status = ?, version = ?, reason = ?, updated_at = ?, history = ?, details = ?
            WHERE order_id = ? AND version = ?
            """,
            [
                .text(order.status.rawValue), .integer(order.version), order.reason.map { .text($0.string) } ?? .null,
                .integer(order.updatedAt.milliseconds), .optional(RecordedHistory.json(order)),
                .optional(RecordedDetails.json(order)), .uuid(order.orderID.high, order.orderID.low),
                .integer(order.version - 1),
            ])
        let event = OutboxEvent(order, traceparent: cause.traceparent, tracestate: cause.tracestate)
        try SQLiteOutbox.append([event], in: connection)
    }
}
