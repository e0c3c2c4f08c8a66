import Causes
import ExactText
import HTTPAPI
import HTTPServer
import Identifiers
import JSON
import Shop
import Timestamps

/// An order as the HTTP API shows it. What it is in events and in rows stands elsewhere, and each may change alone.
struct OrderAnswer: Sendable {
    private let order: Order

    init(_ order: Order) {
        self.order = order
    }

    func json() -> [UInt8] {
        var json = JSONWriter(capacity: 480 + order.items.count * 200)
        write(to: &json)
        return json.finish()
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("order_id", order.orderID)
            json.field("status", order.status.rawValue)
            json.key("customer")
            if let customer = order.customer { Self.write(customer, to: &json) } else { json.null() }
            json.key("items")
            Self.write(order.items, to: &json)
            json.key("total")
            order.total.write(to: &json)
            json.field("created_at", order.createdAt)
            json.field("updated_at", order.updatedAt)
            if let reason = order.reason { json.field("reason", reason.string) }
            if let details = order.details { Self.write(details, to: &json) }
            json.key("history")
            Self.write(order.history, to: &json)
        }
    }

    private static func write(_ history: [OrderStep], to json: inout JSONWriter) {
        json.array { json in
            for step in history {
                json.object { json in
                    json.field("status", step.status.rawValue)
                    json.field("at", step.at)
                    if let caller = step.by { json.field("by", caller.text) }
                }
            }
        }
    }

    private static func write(_ details: OrderDetails, to json: inout JSONWriter) {
        if let id = details.customerID { json.field("customer_id", id.string) }
        if let address = details.shippingAddress {
            json.key("shipping_address")
            address.write(to: &json)
        }
        if let note = details.note { json.field("note", note.string) }
        if let metadata = details.metadata {
            json.key("metadata")
            metadata.write(to: &json)
        }
        if let carrier = details.carrier { json.field("carrier", carrier.string) }
        if let number = details.trackingNumber { json.field("tracking_number", number.string) }
    }

    private static func write(_ customer: Customer, to json: inout JSONWriter) {
        json.object { json in
            json.field("name", customer.name.string)
            json.field("email", customer.email.string)
            if let phone = customer.phone { json.field("phone", phone.string) }
        }
    }

    private static func write(_ items: [OrderItem], to json: inout JSONWriter) {
        json.array { json in
            for item in items {
                json.object { json in
                    json.field("product_id", item.productID.string)
                    json.field("name", item.name.string)
                    json.field("quantity", item.quantity)
                    json.key("unit_price")
                    item.unitPrice.write(to: &json)
                    json.key("line_total")
                    item.lineTotal.write(to: &json)
                }
            }
        }
    }
}

extension OrderAnswer {
    /// As long as it may be: one of many lines is written beside the event loop.
    func body() async -> [UInt8] {
        order.items.count > 100 ? await besideTheLoop { json() } : json()
    }

    func response() async -> HTTPResponse { .json(await body()) }
}
