import JSON
package import Shop

/// The body of `POST /inventory`.
package struct NewProductBody: Sendable {
    package var productID: String
    package var name: String
    package var price: Money
    /// Units
    package var quantity: Int64
    /// Units; nil: as the shop has it where nobody says.
    package var threshold: Int64?
    package var metadata: [(name: String, value: String)] = []

    package init(productID: String, name: String, price: Money, quantity: Int64, threshold: Int64? = nil) {
        self.productID = productID
        self.name = name
        self.price = price
        self.quantity = quantity
        self.threshold = threshold
    }

    package func json() -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.field("product_id", productID)
            json.field("name", name)
            json.key("price")
            price.write(to: &json)
            json.field("quantity", quantity)
            if let threshold { json.field("low_stock_threshold", threshold) }
            if !metadata.isEmpty { metadata.write(as: "metadata", to: &json) }
        }
        return json.finish()
    }
}
