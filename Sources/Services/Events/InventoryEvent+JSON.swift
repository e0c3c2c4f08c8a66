import ExactText
import JSON
import Shop
import Timestamps

/// The form of a product in an event. What it is in answers and in rows stands elsewhere, and each may change alone.
extension InventoryEvent.Product {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("product_id", productID.string)
            json.field("name", name.string)
            json.key("price")
            price.write(to: &json)
            json.field("available", available)
            json.field("reserved", reserved)
            json.field("low_stock_threshold", lowStockThreshold)
            json.field("status", status.rawValue)
            // What earlier versions did not have is there where it says something.
            if isArchived { json.field("archived", true) }
            if let metadata {
                json.key("metadata")
                metadata.write(to: &json)
            }
            json.field("updated_at", updatedAt)
        }
    }

    /// nil when a field error was noted.
    static func read(_ json: inout JSONReader) throws -> Self? {
        var productID: ProductID?
        var name: ExactText?
        var price: Money?
        var available: Int64?
        var reserved: Int64?
        var threshold: Int64?
        var isArchived: Bool? = false
        var metadata: Metadata?
        var updatedAt: Timestamp?
        let isObject = try json.object { key, json in
            switch key {
            case "product_id": productID = try json.productID(isKept: true)
            case "name": name = try json.text(limit: Text.nameLimit, isKept: true)
            case "price": price = try Money.read(&json, amounts: Money.prices)
            case "available": available = try json.int(in: Units.ofProduct)
            case "reserved": reserved = try json.int(in: Units.ofProduct)
            case "low_stock_threshold": threshold = try json.int(in: Units.ofProduct)
            case "archived": isArchived = try json.bool()
            case "metadata": metadata = try Metadata.read(&json)
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
            let reserved = present.4, let threshold = present.5, let updatedAt = present.6, let isArchived
        else { return nil }
        return Self(
            productID: productID, name: name, price: price, available: available, reserved: reserved,
            lowStockThreshold: threshold, isArchived: isArchived, metadata: metadata, updatedAt: updatedAt)
    }
}
