import ExactText
import Identifiers
package import JSON
import Shop
import Timestamps

/// The form of an order in an event. What it is in answers and in rows stands elsewhere, and each may change alone.
extension OrderEvent.Order {
    package func json() -> [UInt8] {
        var json = JSONWriter(capacity: 320 + items.count * 200)
        write(to: &json)
        return json.finish()
    }

    private func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("order_id", orderID)
            json.field("status", status.rawValue)
            json.key("customer")
            if let customer { Self.write(customer, to: &json) } else { json.null() }
            json.key("items")
            Self.write(items, to: &json)
            json.key("total")
            total.write(to: &json)
            json.field("created_at", createdAt)
            json.field("updated_at", updatedAt)
            if let reason { json.field("reason", reason.string) }
            if let details { Self.write(details, to: &json) }
        }
    }

    /// Reads an order from an event. Fields it does not know are ignored; nil when a field error was noted.
    package static func read(_ json: inout JSONReader) throws -> Self? {
        var orderID: Identifier?
        var status: OrderStatus?
        var customer: Customer?
        var items: [OrderItem]?
        var total: Money?
        var createdAt: Timestamp?
        var updatedAt: Timestamp?
        var reason: ExactText?
        var details = ReadDetails()
        let isObject = try json.object { key, json in
            switch key {
            case "order_id": orderID = try json.identifier()
            case "status": status = try json.choice(OrderStatus.self)
            case "customer": customer = try json.null() ? nil : try readCustomer(&json)
            case "items": items = try readItems(&json)
            case "total": total = try Money.read(&json)
            case "created_at": createdAt = try json.timestamp()
            case "updated_at": updatedAt = try json.timestamp()
            case "reason": reason = try json.null() ? nil : try json.text(limit: Text.reasonLimit, isKept: true)
            default: try details.read(key, &json)
            }
        }
        guard isObject else { return nil }
        let present = (
            json.require(orderID, "order_id"), json.require(status, "status"), json.require(items, "items"),
            json.require(total, "total"), json.require(createdAt, "created_at"), json.require(updatedAt, "updated_at")
        )
        guard let orderID = present.0, let status = present.1, let items = present.2, let total = present.3,
            let createdAt = present.4, let updatedAt = present.5
        else { return nil }
        // Only of an order whose request was interrupted nobody may know whose it was.
        guard status == .rejected || json.require(customer, "customer") != nil else { return nil }
        if let complaint = complaint(about: total, of: items, status) {
            json.note(complaint.message, member: complaint.member)
            return nil
        }
        return Self(
            orderID: orderID, status: status, customer: customer, items: items, total: total, createdAt: createdAt,
            updatedAt: updatedAt, reason: reason, details: details.details)
    }
}

extension OrderEvent.Order {
    /// What is wrong with a total, or with items that can't have one; nil when nothing is. An order that was interrupted may
    /// have items of several currencies, or none, and then no total.
    private static func complaint(
        about total: Money, of items: [OrderItem], _ status: OrderStatus
    ) -> (member: String, message: String)? {
        let currency = items.first?.unitPrice.currency
        guard let currency, items.allSatisfy({ $0.unitPrice.currency == currency }) else {
            guard status == .rejected else { return ("items", "must be some, of one currency") }
            return total.amount == 0 ? nil : ("total", "must be 0 where there is no one currency")
        }
        // At most 1,000 lines of 10⁶ units at 10⁹: 10¹⁸ fits.
        let sum = items.reduce(0) { $0 + $1.lineTotal.amount }
        return total.amount == sum && total.currency == currency
            ? nil : ("total", "must be the sum of the lines, \(sum) \(currency)")
    }
}

extension OrderEvent.Order {
    private static func write(_ customer: Customer, to json: inout JSONWriter) {
        json.object { json in
            json.field("name", customer.name.string)
            json.field("email", customer.email.string)
            if let phone = customer.phone { json.field("phone", phone.string) }
        }
    }

    private static func readCustomer(_ json: inout JSONReader) throws -> Customer? {
        var name: ExactText?
        var email: ExactText?
        var phone: ExactText?
        let isObject = try json.object { key, json in
            switch key {
            case "name": name = try json.text(limit: Text.nameLimit, isKept: true)
            case "email": email = try json.email(isKept: true)
            case "phone": phone = try json.null() ? nil : try json.phone(isKept: true)
            default: try json.skip()
            }
        }
        guard isObject else { return nil }
        let present = (json.require(name, "name"), json.require(email, "email"))
        guard let name = present.0, let email = present.1 else { return nil }
        return Customer(name: name, email: email, phone: phone)
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

    /// A line total is calculated, and where there is one it has to be that. nil when a field error was noted.
    private static func readItems(_ json: inout JSONReader) throws -> [OrderItem]? {
        var items: [OrderItem] = []
        let isArray = try json.array(count: 0...OrderItem.maximumLines) { json in
            var productID: ProductID?
            var name: ExactText?
            var quantity: Int64?
            var unitPrice: Money?
            var lineTotal: Int64?
            let isObject = try json.object { key, json in
                switch key {
                case "product_id": productID = try json.productID(isKept: true)
                case "name": name = try json.text(limit: Text.nameLimit, isKept: true)
                case "quantity": quantity = try json.int(in: WantedItem.quantities)
                case "unit_price": unitPrice = try Money.read(&json, amounts: Money.prices)
                case "line_total":
                    _ = try json.object { key, json in
                        if case "amount" = key { lineTotal = try json.int(in: 0...Int64.max) }
                    }
                default: try json.skip()
                }
            }
            guard isObject else { return }
            let present = (
                json.require(productID, "product_id"), json.require(name, "name"),
                json.require(quantity, "quantity"), json.require(unitPrice, "unit_price")
            )
            guard let productID = present.0, let name = present.1, let quantity = present.2, let unitPrice = present.3
            else { return }
            let item = OrderItem(productID: productID, name: name, quantity: quantity, unitPrice: unitPrice)
            guard lineTotal == nil || lineTotal == item.lineTotal.amount else {
                return json.note("must be quantity times unit price", member: "line_total")
            }
            items.append(item)
        }
        return isArray ? items : nil
    }
}
