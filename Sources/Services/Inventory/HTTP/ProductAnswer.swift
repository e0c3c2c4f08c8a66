import ExactText
import JSON
import Shop
import Timestamps

/// A product as the HTTP API and `orderlog replay inventory` show it. What it is in events and in rows stands elsewhere, and each may change alone.
package struct ProductAnswer: Sendable {
    private let product: Product

    package init(_ product: Product) {
        self.product = product
    }

    package func json() -> [UInt8] {
        var json = JSONWriter(capacity: 320)
        write(to: &json)
        return json.finish()
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("product_id", product.productID.string)
            json.field("name", product.name.string)
            json.key("price")
            product.price.write(to: &json)
            json.field("available", product.available)
            json.field("reserved", product.reserved)
            json.field("low_stock_threshold", product.lowStockThreshold)
            json.field("status", product.status.rawValue)
            json.field("archived", product.isArchived)
            json.key("metadata")
            if let metadata = product.metadata { metadata.write(to: &json) } else { json.object { _ in } }
            json.field("updated_at", product.updatedAt)
        }
    }
}
