import ExactText
import Identifiers
import JSON
import PostgreSQL
import Shop
import Timestamps

/// A row of `orders`.
enum PostgreSQLOrderRow {
    static let names = [
        "order_id", "status", "version", "customer_name", "customer_email", "customer_phone", "items", "total",
        "currency", "reason", "created_at", "updated_at", "request_hash", "history", "former_id",
        "customer_id", "details",
    ]
    static let columns = names.joined(separator: ", ")
    /// An array of each column's values, in the order of the columns.
    static let parameters = """
        $1::uuid[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::bytea[], $8::bigint[], \
        $9::text[], $10::text[], $11::bigint[], $12::bigint[], $13::bytea[], $14::bytea[], $15::uuid[], \
        $16::text[], $17::bytea[]
        """

    static func values(_ orders: [Order]) -> [PostgreSQLValue] {
        return [
            .uuids(orders.map(\.orderID.bytes)), .texts(orders.map(\.status.rawValue)),
            .ints(orders.map(\.version)), .texts(orders.map { $0.customer?.name.string }),
            .texts(orders.map { $0.customer?.email.string }), .texts(orders.map { $0.customer?.phone?.string }),
            .byteArrays(orders.map { OrderRow.json($0.items) }), .ints(orders.map(\.total.amount)),
            .texts(orders.map(\.total.currency)), .texts(orders.map(\.reason?.string)),
            .ints(orders.map(\.createdAt.milliseconds)), .ints(orders.map(\.updatedAt.milliseconds)),
            .byteArrays(orders.map(\.requestHash)), .byteArrays(orders.map(RecordedHistory.json)),
            .uuids(orders.map(\.formerID?.bytes)), .texts(orders.map(\.details?.customerID?.string)),
            .byteArrays(orders.map(RecordedDetails.json)),
        ]
    }

    static func read(_ row: PostgreSQLRow) throws -> Order {
        guard let id = Identifier(bytes: row.bytes(0)), let status = OrderStatus(rawValue: row.text(1)) else {
            throw PostgreSQLError(.other, "an order has an order_id or a status that can't be")
        }
        let customer = row.optionalText(3).map { name in
            Customer(
                name: ExactText(name), email: ExactText(row.text(4)), phone: row.optionalText(5).map { ExactText($0) })
        }
        return Order(
            orderID: id, status: status, customer: customer, items: try JSON.read(row.bytes(6), OrderItem.readAll),
            total: Money(amount: row.int(7), currency: row.text(8)),
            createdAt: Timestamp(milliseconds: row.int(10)), updatedAt: Timestamp(milliseconds: row.int(11)),
            reason: row.optionalText(9).map { ExactText($0) },
            details: try RecordedDetails.read(row.optionalBytes(16), customerID: row.optionalText(15)),
            version: row.int(2), requestHash: row.optionalBytes(12),
            formerID: row.optionalBytes(14).flatMap { Identifier(bytes: $0) },
            history: try RecordedHistory.read(row.optionalBytes(13)))
    }
}
