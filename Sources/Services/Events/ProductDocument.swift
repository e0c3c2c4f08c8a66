package import ExactText
package import JSON
package import Timestamps

/// A product as the HTTP API shows it and as every event on the `inventory` topic carries it.
package struct ProductDocument: Sendable, Hashable {
    /// Stock is 0 to 10¹² units.
    package static let stock: ClosedRange<Int64> = 0...1_000_000_000_000

    package var productID: ProductID
    package var name: ExactText
    package var price: Money
    /// Units that can be ordered.
    package var available: Int64
    /// Units held for orders, or ordered, and not yet shipped.
    package var reserved: Int64
    /// At this many available units or fewer the status is `low_stock`.
    package var lowStockThreshold: Int64
    package var updatedAt: Timestamp

    package init(
        productID: ProductID, name: ExactText, price: Money, available: Int64, reserved: Int64,
        lowStockThreshold: Int64,
        updatedAt: Timestamp
    ) {
        self.productID = productID
        self.name = name
        self.price = price
        self.available = available
        self.reserved = reserved
        self.lowStockThreshold = lowStockThreshold
        self.updatedAt = updatedAt
    }

    package var status: StockStatus {
        if available == 0 { return .outOfStock }
        return available <= lowStockThreshold ? .lowStock : .inStock
    }
}

extension ProductDocument {
    package func json() -> [UInt8] {
        var json = JSONWriter(capacity: 320)
        write(to: &json)
        return json.finish()
    }

    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("product_id", productID.string)
            json.field("name", name.string)
            json.key("price")
            price.write(to: &json)
            json.field("available", available)
            json.field("reserved", reserved)
            json.field("low_stock_threshold", lowStockThreshold)
            json.field("status", status.rawValue)
            json.field("updated_at", updatedAt.rfc3339)
        }
    }

    /// nil when a field error was noted.
    package static func read(_ json: inout JSONReader) throws -> ProductDocument? {
        var productID: ProductID?
        var name: ExactText?
        var price: Money?
        var available: Int64?
        var reserved: Int64?
        var threshold: Int64?
        var updatedAt: Timestamp?
        let isObject = try json.object { key, json in
            switch key {
            case "product_id": productID = try json.productID(isKept: true)
            case "name": name = try json.text(limit: Text.nameLimit, isKept: true)
            case "price": price = try Money.read(&json, amounts: Money.prices)
            case "available": available = try json.int(in: stock)
            case "reserved": reserved = try json.int(in: stock)
            case "low_stock_threshold": threshold = try json.int(in: stock)
            case "updated_at": updatedAt = try json.timestamp()
            default: try json.skip()
            }
        }
        guard isObject else { return nil }
        let present = (
            json.require(productID, "product_id"), json.require(name, "name"), json.require(price, "price"),
            json.require(available, "available"), json.require(reserved, "reserved"),
            json.require(threshold, "low_stock_threshold"), json.require(updatedAt, "updated_at")
        )
        guard let productID = present.0, let name = present.1, let price = present.2, let available = present.3,
            let reserved = present.4, let threshold = present.5, let updatedAt = present.6
        else { return nil }
        return ProductDocument(
            productID: productID, name: name, price: price, available: available, reserved: reserved,
            lowStockThreshold: threshold, updatedAt: updatedAt)
    }
}
