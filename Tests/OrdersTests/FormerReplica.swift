import Idempotency
import Identifiers
import Outbox
import PostgreSQL
import SQLite

@testable import Orders

/// The order service of a version before the secret: it makes ids of keys alone, and its statements know no former id. As that
/// version had them, word for word.
protocol FormerReplica: Sendable {
    /// Inserts and answers whether it did; throws where the database refuses it.
    func insert(_ order: Order) async throws -> Bool
}

extension FormerReplica {
    /// As it placed an order of this key whose attempts before this one were given up.
    func place(_ order: Order, _ key: IdempotencyKey, attempt: Int = 0) async throws -> Bool {
        var order = order
        order.orderID = key.formerIdentifier(attempt: attempt)
        order.requestHash = key.request.sent
        return try await insert(order)
    }
}

struct FormerSQLiteReplica: FormerReplica {
    let database: SQLiteDatabase

    func insert(_ order: Order) async throws -> Bool {
        try await database.write { connection in
            let names = Array(OrderRow.names.prefix(13))
            let values = OrderRow.values(order)
            let isNew =
                try connection.insert(
                    into: "orders", names, names.indices.map { values[$0] },
                    suffix: "ON CONFLICT (order_id) DO NOTHING") == 1
            if isNew { try SQLiteOutbox.append([OutboxEvent(order, traceparent: nil)], in: connection) }
            return isNew
        }
    }
}

struct FormerPostgreSQLReplica: FormerReplica {
    let database: PostgreSQLDatabase

    func insert(_ order: Order) async throws -> Bool {
        try await database.write { connection in
            let isNew = try !connection.run(
                """
                INSERT INTO orders (order_id, status, version, customer_name, customer_email, customer_phone, items, total, \
                currency, reason, created_at, updated_at, request_hash)
                SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::bytea[], \
                $8::bigint[], $9::text[], $10::text[], $11::bigint[], $12::bigint[], $13::bytea[])
                ON CONFLICT (order_id) DO NOTHING RETURNING order_id
                """, Array(PostgreSQLOrderRow.values([order]).prefix(13))
            ).map { $0.bytes(0) }.isEmpty
            if isNew { try PostgreSQLOutbox.append([OutboxEvent(order, traceparent: nil)], in: connection) }
            return isNew
        }
    }
}
