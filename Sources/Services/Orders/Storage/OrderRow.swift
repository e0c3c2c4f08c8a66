import Events
import ExactText
import Identifiers
import JSON
import SQLite
import Timestamps

/// A row of `orders`.
enum OrderRow {
    static let names = [
        "order_id", "status", "version", "customer_name", "customer_email", "customer_phone", "items", "total",
        "currency", "reason", "created_at", "updated_at", "request_hash",
    ]
    static let columns = names.joined(separator: ", ")

    static func values(_ order: Order) -> [SQLiteValue] {
        let document = order.document
        let customer = document.customer
        return [
            .blob(document.orderID.bytes), .text(document.status.rawValue), .integer(order.version),
            customer.map { .text($0.name.string) } ?? .null, customer.map { .text($0.email.string) } ?? .null,
            customer?.phone.map { .text($0.string) } ?? .null, .blob(json(document.items)),
            .integer(document.total.amount),
            .text(document.total.currency), document.reason.map { .text($0.string) } ?? .null,
            .integer(document.createdAt.milliseconds), .integer(document.updatedAt.milliseconds),
            .optional(order.requestHash),
        ]
    }

    static func json(_ items: [OrderDocument.Item]) -> [UInt8] {
        var json = JSONWriter(capacity: 16 + items.count * 160)
        OrderDocument.Item.write(items, to: &json)
        return json.finish()
    }

    static func read(_ row: SQLiteRow) throws -> Order {
        guard let id = Identifier(bytes: row.blob(0)), let status = OrderDocument.Status(rawValue: row.text(1)) else {
            throw SQLiteError(.corrupt, "an order has an order_id or a status that can't be")
        }
        let customer = row.optionalText(3).map { name in
            OrderDocument.Customer(
                name: ExactText(name), email: ExactText(row.optionalText(4) ?? ""),
                phone: row.optionalText(5).map { ExactText($0) })
        }
        return Order(
            document: OrderDocument(
                orderID: id, status: status, customer: customer,
                items: try JSON.read(row.blob(6), OrderDocument.Item.readAll),
                total: Money(amount: row.int(7), currency: row.text(8)),
                createdAt: Timestamp(milliseconds: row.int(10)), updatedAt: Timestamp(milliseconds: row.int(11)),
                reason: row.optionalText(9).map { ExactText($0) }), version: row.int(2),
            requestHash: row.optionalBlob(12))
    }
}
