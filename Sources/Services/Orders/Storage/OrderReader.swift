import Events
package import Identifiers
import SQLite

/// What audit reads of the orders, beside the running service: each call is a short transaction of its own.
package protocol OrderReader: Sendable {
    /// The orders behind a position, up to `limit`, in the order of their positions.
    func orders(after position: Int64, limit: Int) async throws -> [(position: Int64, order: Order)]

    /// Those of these orders that there are.
    func orders(_ ids: [Identifier]) async throws -> [Identifier: Order]

    /// The last position, about as many as there are orders.
    func lastPosition() async throws -> Int64
}

extension SQLiteOrderStore: OrderReader {
    package func orders(after position: Int64, limit: Int) async throws -> [(position: Int64, order: Order)] {
        try await database.read { connection in
            try connection.rows(
                "SELECT \(OrderRow.columns), position FROM orders WHERE position > ? ORDER BY position LIMIT ?",
                [.integer(position), .integer(Int64(limit))]
            ) { ($0.int(OrderRow.names.count), try OrderRow.read($0)) }
        }
    }

    package func orders(_ ids: [Identifier]) async throws -> [Identifier: Order] {
        try await database.read { connection in
            var orders: [Identifier: Order] = [:]
            for id in ids { orders[id] = try Self.order(id, in: connection) }
            return orders
        }
    }

    package func lastPosition() async throws -> Int64 {
        try await database.read { try $0.first("SELECT coalesce(max(position), 0) FROM orders") { $0.int(0) } ?? 0 }
    }
}
