import Events
import ExactText
import Identifiers
import JSON
import PostgreSQL
import Timestamps

/// A row of `orders`.
enum PostgreSQLOrderRow {
    static let names = [
        "order_id", "status", "version", "customer_name", "customer_email", "customer_phone", "items", "total",
        "currency", "reason", "created_at", "updated_at", "request_hash",
    ]
    static let columns = names.joined(separator: ", ")
    /// An array of each column's values, in the order of the columns.
    static let parameters = """
        $1::uuid[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::bytea[], $8::bigint[], \
        $9::text[], $10::text[], $11::bigint[], $12::bigint[], $13::bytea[]
        """

    static func values(_ orders: [Order]) -> [PostgreSQLValue] {
        let documents = orders.map(\.document)
        return [
            .uuids(documents.map(\.orderID.bytes)), .texts(documents.map(\.status.rawValue)),
            .ints(orders.map(\.version)), .texts(documents.map { $0.customer?.name.string }),
            .texts(documents.map { $0.customer?.email.string }), .texts(documents.map { $0.customer?.phone?.string }),
            .byteArrays(documents.map { OrderRow.json($0.items) }), .ints(documents.map(\.total.amount)),
            .texts(documents.map(\.total.currency)), .texts(documents.map(\.reason?.string)),
            .ints(documents.map(\.createdAt.milliseconds)), .ints(documents.map(\.updatedAt.milliseconds)),
            .byteArrays(orders.map(\.requestHash)),
        ]
    }

    static func read(_ row: PostgreSQLRow) throws -> Order {
        guard let id = Identifier(bytes: row.bytes(0)), let status = OrderDocument.Status(rawValue: row.text(1)) else {
            throw PostgreSQLError(.other, "an order has an order_id or a status that can't be")
        }
        let customer = row.optionalText(3).map { name in
            OrderDocument.Customer(
                name: ExactText(name), email: ExactText(row.text(4)), phone: row.optionalText(5).map { ExactText($0) })
        }
        return Order(
            document: OrderDocument(
                orderID: id, status: status, customer: customer,
                items: try JSON.read(row.bytes(6), OrderDocument.Item.readAll),
                total: Money(amount: row.int(7), currency: row.text(8)),
                createdAt: Timestamp(milliseconds: row.int(10)), updatedAt: Timestamp(milliseconds: row.int(11)),
                reason: row.optionalText(9).map { ExactText($0) }), version: row.int(2),
            requestHash: row.optionalBytes(12))
    }
}
