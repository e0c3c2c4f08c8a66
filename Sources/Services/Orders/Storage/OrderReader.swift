import Databases
package import Identifiers
import SQLite

/// What audit reads of the orders, beside the running service: each call is a short transaction of its own.
package protocol OrderReader: Sendable {
    /// The orders behind a position, up to `limit`, in the order of their positions; about 1 MiB of them at most.
    func orders(after position: Int64, limit: Int) async throws -> [(position: Int64, order: Order)]

    /// Those of these orders that there are.
    func orders(_ ids: [Identifier]) async throws -> [Identifier: Order]

    /// About how many bytes those of these orders have that there are.
    func sizes(of ids: [Identifier]) async throws -> [Identifier: Int]

    /// The last position, about as many as there are orders.
    func lastPosition() async throws -> Int64
}

extension SQLiteOrderStore: OrderReader {
    package func orders(after position: Int64, limit: Int) async throws -> [(position: Int64, order: Order)] {
        try await database.read { connection in
            try Page(limit: limit, after: position).rows(
                "SELECT \(OrderRow.columns), position FROM orders WHERE position > ? ORDER BY position LIMIT ?",
                [.integer(position)], columns: OrderRow.names.count, in: connection, OrderRow.read
            ).items.map { ($0.position, $0.item) }
        }
    }

    package func sizes(of ids: [Identifier]) async throws -> [Identifier: Int] {
        try await database.read { connection in
            var sizes: [Identifier: Int] = [:]
            for id in ids {
                sizes[id] = try connection.first(
                    "SELECT length(items) + coalesce(length(details), 0) FROM orders WHERE order_id = ?",
                    [.blob(id.bytes)]
                ) { Int($0.int(0)) }
            }
            return sizes
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
