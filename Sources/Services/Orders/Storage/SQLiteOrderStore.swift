import Events
import ExactText
package import Identifiers
import Outbox
package import SQLite
package import ServiceHost
import Timestamps

package struct SQLiteOrderStore: OrderStore {
    let database: SQLiteDatabase

    package init(_ database: SQLiteDatabase) {
        self.database = database
    }

    private struct SomeAreKnown: Error {}

    package func confirm(_ orders: [ConfirmedOrder]) async throws -> [ConfirmOutcome] {
        do {
            // Nearly always every id is new, and one statement inserts them all.
            try await database.write { connection in
                guard try Self.insert(orders.map(\.order), in: connection) == orders.count else {
                    throw SomeAreKnown()
                }
                try Self.append(orders, in: connection)
            }
            return orders.map { _ in .confirmed }
        } catch is SomeAreKnown {
            return try await database.write { connection in
                var fresh: [ConfirmedOrder] = []
                let outcomes = try orders.map { order -> ConfirmOutcome in
                    let id = order.order.document.orderID
                    if let known = try Self.order(id, in: connection) { return .known(known) }
                    _ = try Self.insert([order.order], in: connection)
                    fresh.append(order)
                    return .confirmed
                }
                try Self.append(fresh, in: connection)
                return outcomes
            }
        }
    }

    package func move(_ moves: [MoveRequest]) async throws -> [Result<Order, OrderError>] {
        try await database.write { connection in
            let now = Timestamp.now()
            return try moves.map { request in
                guard let order = try Self.order(request.orderID, in: connection) else {
                    return .failure(.unknownOrder)
                }
                do {
                    guard let (moved, kind) = try order.moved(by: request.move, at: now) else { return .success(order) }
                    try Self.save(moved, kind, request.traceparent, in: connection)
                    return .success(moved)
                } catch let error as OrderError {
                    return .failure(error)
                }
            }
        }
    }

    package func settle(_ interrupted: [Order]) async throws -> [Identifier] {
        try await database.write { connection in
            var events: [OutboxEvent] = []
            let released = try interrupted.compactMap { order -> Identifier? in
                let id = order.document.orderID
                if let known = try Self.order(id, in: connection) {
                    // Rejected by settling that was interrupted itself: its stock may not have been released yet.
                    return known.document.status == .rejected ? id : nil
                }
                _ = try Self.insert([order], in: connection)
                events.append(
                    OutboxEvent(
                        topic: Topics.orders,
                        event: OrderEvent(
                            id: .time(), kind: .rejected, time: order.document.updatedAt, traceparent: nil,
                            order: order.document
                        ).cloudEvent))
                return id
            }
            try SQLiteOutbox.append(events, in: connection)
            return released
        }
    }

    package func order(_ id: Identifier) async throws -> Order? {
        try await database.read { try Self.order(id, in: $0) }
    }

    package func orders(_ filter: OrderFilter, _ page: Page) async throws -> Listed<Order> {
        var conditions = ["position < ?"]
        var values: [SQLiteValue] = [.integer(page.after ?? Int64.max)]
        if let status = filter.status {
            // A customer's orders are fewer than those in a state: the plus keeps the index of states out of it.
            conditions.append(filter.customerEmail == nil ? "status = ?" : "+status = ?")
            values.append(.text(status.rawValue))
        }
        if let email = filter.customerEmail {
            conditions.append("customer_email = ? COLLATE NOCASE")
            values.append(.text(email.string))
        }
        let sql = """
            SELECT \(OrderRow.columns), position FROM orders
            WHERE \(conditions.joined(separator: " AND ")) ORDER BY position DESC LIMIT ?
            """
        let bound = values
        return try await database.read { connection in
            try page.rows(sql, bound, columns: OrderRow.names.count, in: connection, OrderRow.read)
        }
    }
}

// MARK: - In a transaction

extension SQLiteOrderStore {
    static func order(_ id: Identifier, in connection: SQLiteConnection) throws -> Order? {
        try connection.first(
            "SELECT \(OrderRow.columns) FROM orders WHERE order_id = ?", [.blob(id.bytes)], OrderRow.read)
    }

    /// How many were inserted: an order_id that is there already is left as it is.
    private static func insert(_ orders: [Order], in connection: SQLiteConnection) throws -> Int {
        try connection.insert(
            into: "orders", OrderRow.names, orders.flatMap(OrderRow.values),
            suffix: "ON CONFLICT (order_id) DO NOTHING")
    }

    private static func append(_ orders: [ConfirmedOrder], in connection: SQLiteConnection) throws {
        try SQLiteOutbox.append(
            orders.map { confirmed in
                let document = confirmed.order.document
                return OutboxEvent(
                    topic: Topics.orders,
                    event: OrderEvent.cloudEvent(
                        id: .time(), kind: .confirmed, time: document.updatedAt, traceparent: confirmed.traceparent,
                        orderID: document.orderID, json: confirmed.json))
            }, in: connection)
    }

    private static func save(
        _ order: Order, _ kind: OrderEvent.Kind, _ traceparent: String?, in connection: SQLiteConnection
    ) throws {
        let document = order.document
        try connection.execute(
            "UPDATE orders SET status = ?, version = ?, reason = ?, updated_at = ? WHERE order_id = ? AND version = ?",
            [
                .text(document.status.rawValue), .integer(order.version),
                document.reason.map { .text($0.string) } ?? .null,
                .integer(document.updatedAt.milliseconds), .blob(document.orderID.bytes), .integer(order.version - 1),
            ])
        try SQLiteOutbox.append(
            [
                OutboxEvent(
                    topic: Topics.orders,
                    event: OrderEvent(
                        id: .time(), kind: kind, time: document.updatedAt, traceparent: traceparent, order: document
                    ).cloudEvent)
            ], in: connection)
    }
}
