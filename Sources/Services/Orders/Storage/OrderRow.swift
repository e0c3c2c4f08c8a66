import ExactText
import Identifiers
import JSON
import SQLite
import Shop
import Timestamps

/// A row of `orders`.
enum OrderRow {
    static let names = [
        "order_id", "status", "version", "customer_name", "customer_email", "customer_phone", "items", "total",
        "currency", "reason", "created_at", "updated_at", "request_hash", "history", "former_id",
        "customer_id", "details",
    ]
    static let columns = names.joined(separator: ", ")

    static let ofID = "SELECT \(columns) FROM orders WHERE order_id = ?"

    static func values(_ order: Order) -> [17 of SQLiteValue] {
        let customer = order.customer
        return [
            .uuid(order.orderID.high, order.orderID.low), .text(order.status.rawValue), .integer(order.version),
            customer.map { .text($0.name.string) } ?? .null, customer.map { .text($0.email.string) } ?? .null,
            customer?.phone.map { .text($0.string) } ?? .null, .blob(json(order.items)),
            .integer(order.total.amount), .text(order.total.currency), order.reason.map { .text($0.string) } ?? .null,
            .integer(order.createdAt.milliseconds), .integer(order.updatedAt.milliseconds),
            .optional(order.requestHash), .optional(RecordedHistory.json(order)),
            order.formerID.map { .uuid($0.high, $0.low) } ?? .null,
            order.details?.customerID.map { .text($0.string) } ?? .null, .optional(RecordedDetails.json(order)),
        ]
    }

    static func json(_ items: [OrderItem]) -> [UInt8] {
        var json = JSONWriter(capacity: 16 + items.count * 160)
        OrderItem.write(items, to: &json)
        return json.finish()
    }

    /// With what a line of a product begins, as `json` writes it: within a text a quotation mark is escaped.
    static func beginning(of product: ProductID) -> [UInt8] {
        var json = JSONWriter()
        json.object { $0.field("product_id", product.string) }
        return json.finish().dropLast() + [UInt8(ascii: ",")]
    }

    static func read(_ row: SQLiteRow) throws -> Order {
        guard let id = Identifier(halves: row.uuid(0)), let status = OrderStatus(rawValue: row.text(1)) else {
            throw SQLiteError(.corrupt, "an order has an order_id or a status that can't be")
        }
        let customer = row.optionalText(3).map { name in
            Customer(
                name: ExactText(name), email: ExactText(row.optionalText(4) ?? ""),
                phone: row.optionalText(5).map { ExactText($0) })
        }
        return Order(
            orderID: id, status: status, customer: customer, items: try JSON.read(row.blob(6), OrderItem.readAll),
            total: Money(amount: row.int(7), currency: row.text(8)),
            createdAt: Timestamp(milliseconds: row.int(10)), updatedAt: Timestamp(milliseconds: row.int(11)),
            reason: row.optionalText(9).map { ExactText($0) },
            details: try RecordedDetails.read(row.optionalBlob(16), customerID: row.optionalText(15)),
            version: row.int(2), requestHash: row.optionalBlob(12),
            formerID: Identifier(halves: row.uuid(14)),
            history: try RecordedHistory.read(row.optionalBlob(13)))
    }
}
