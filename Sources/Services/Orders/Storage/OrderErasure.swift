import ExactText
package import Identifiers
import PostgreSQL
import SQLite
import Shop

/// How customers leave the order service's database.
package protocol OrderErasure: Sendable {
    /// Redacts customer and reason of these orders, takes all that they have besides away, and forgets what request placed them: a retry with its Idempotency-Key is
    /// told that the key was used, so that it does not place another. What they bought, and when, stays. Their events in the outbox
    /// stand elsewhere.
    func erase(_ orders: [Identifier]) async throws
}

extension SQLiteOrderStore: OrderErasure {
    package func erase(_ orders: [Identifier]) async throws {
        try await database.write { connection in
            for order in orders {
                try connection.execute(
                    """
                    UPDATE orders SET customer_name = ?, customer_email = ?,
                        customer_phone = CASE WHEN customer_phone IS NULL THEN NULL ELSE ? END,
                        reason = CASE WHEN reason IS NULL THEN NULL ELSE ? END, customer_id = NULL, details = NULL,
                        request_hash = CASE WHEN request_hash IS NULL THEN NULL ELSE x'' END
                    WHERE order_id = ? AND customer_name IS NOT NULL
                    """,
                    [
                        .text(Erased.text.string), .text(Erased.email.string), .text(Erased.phone.string),
                        .text(Erased.text.string), .blob(order.bytes),
                    ])
            }
        }
    }
}

extension PostgreSQLOrderStore: OrderErasure {
    package func erase(_ orders: [Identifier]) async throws {
        try await database.write { connection in
            // Locked in the order of their ids, as everywhere.
            _ = try Self.orders(Set(orders), locking: true, in: connection)
            try connection.execute(
                """
                UPDATE orders SET customer_name = $1, customer_email = $2,
                    customer_phone = CASE WHEN customer_phone IS NULL THEN NULL ELSE $3 END,
                    reason = CASE WHEN reason IS NULL THEN NULL ELSE $1 END, customer_id = NULL, details = NULL,
                    request_hash = CASE WHEN request_hash IS NULL THEN NULL ELSE ''::bytea END
                WHERE order_id = ANY($4) AND customer_name IS NOT NULL
                """,
                [
                    .text(Erased.text.string), .text(Erased.email.string), .text(Erased.phone.string),
                    .uuids(orders.map(\.bytes)),
                ])
        }
    }
}
