package import ExactText
package import JSON

/// A line of an order: what was sold, how many, and at which price.
package struct OrderItem: Sendable, Hashable {
    /// An order has at most so many lines; one that was rejected may have none.
    package static let maximumLines = 1_000

    package var productID: ProductID
    /// What the product was called when it was sold; 1 to 200 characters.
    package var name: ExactText
    /// `WantedItem.quantities`
    package var quantity: Int64
    /// `Money.prices`
    package var unitPrice: Money
    /// Quantity times unit price. At most 10⁶ × 10⁹ minor units.
    package var lineTotal: Money

    package init(productID: ProductID, name: ExactText, quantity: Int64, unitPrice: Money) {
        self.productID = productID
        self.name = name
        self.quantity = quantity
        self.unitPrice = unitPrice
        lineTotal = Money(amount: quantity * unitPrice.amount, currency: unitPrice.currency)
    }
}

extension OrderItem {
    /// The sum of these lines; nil where there are none, or where they have several currencies. At most 1,000 lines of 10⁶ units at 10⁹:
    /// 10¹⁸ fits.
    package static func total(_ items: [Self]) -> Money? {
        guard let currency = items.first?.unitPrice.currency,
            items.allSatisfy({ $0.unitPrice.currency == currency })
        else { return nil }
        return Money(amount: items.reduce(0) { $0 + $1.lineTotal.amount }, currency: currency)
    }
}

/// The lines as services keep them in their rows and tell them to each other. Customers' answers and events each have a form
/// of their own.
extension OrderItem {
    /// `[{"product_id", "name", "quantity", "unit_price", "line_total"}]`
    package static func write(_ items: [Self], to json: inout JSONWriter) {
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
    package static func readAll(_ json: inout JSONReader) throws -> [Self]? {
        var items: [Self] = []
        let isArray = try json.array(count: 0...maximumLines) { json in
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
            let item = Self(productID: productID, name: name, quantity: quantity, unitPrice: unitPrice)
            guard lineTotal == nil || lineTotal == item.lineTotal.amount else {
                return json.note("must be quantity times unit price", member: "line_total")
            }
            items.append(item)
        }
        return isArray ? items : nil
    }
}
