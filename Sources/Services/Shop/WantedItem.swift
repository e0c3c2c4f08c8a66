package import JSON

/// So many units of a product, as somebody asks for them.
package struct WantedItem: Sendable, Hashable {
    /// An order asks for 1 to 1,000 lines of 1 to 1,000,000 units each.
    package static let lines: ClosedRange<Int> = 1...OrderItem.maximumLines
    /// Units of a line.
    package static let quantities: ClosedRange<Int64> = 1...1_000_000

    package var productID: ProductID
    /// Units, as `quantities`.
    package var quantity: Int64

    package init(productID: ProductID, quantity: Int64) {
        self.productID = productID
        self.quantity = quantity
    }
}

/// The lines of an order as a client sends them: `[{"product_id", "quantity"}]`.
extension WantedItem {
    /// The inverse of `readMerged`.
    package static func write(_ items: [Self], to json: inout JSONWriter) {
        json.array { json in
            for item in items {
                json.object { json in
                    json.field("product_id", item.productID.string)
                    json.field("quantity", item.quantity)
                }
            }
        }
    }

    /// Lines that repeat a product become one; their sum keeps the limit of a line. nil when the array itself is
    /// wrong; a wrong line is noted and left out. `firstLines` gets the line at which each item came first. `isKept`: the rules for a
    /// product's id are those of text that was taken before.
    package static func readMerged(
        _ json: inout JSONReader, firstLines: inout [Int], isKept: Bool = false
    ) throws -> [Self]? {
        var items: [Self] = []
        var itemOfProduct: [ProductID: Int] = [:]
        var lines: [Int] = []
        var next = 0
        let isArray = try json.array(count: Self.lines) { json in
            let line = next
            next += 1
            var productID: ProductID?
            var quantity: Int64?
            let isObject = try json.object { key, json in
                switch key {
                case "product_id": productID = try json.productID(isKept: isKept)
                case "quantity": quantity = try json.int(in: quantities)
                default: try json.skip()
                }
            }
            guard isObject else { return }
            let present = (json.require(productID, "product_id"), json.require(quantity, "quantity"))
            guard let productID = present.0, let quantity = present.1 else { return }
            guard let item = itemOfProduct[productID] else {
                itemOfProduct[productID] = items.count
                items.append(Self(productID: productID, quantity: quantity))
                lines.append(line)
                return
            }
            let sum = items[item].quantity + quantity
            if quantities.contains(sum) {
                items[item].quantity = sum
            } else {
                json.note("the lines of this product add up to more than \(quantities.upperBound)", member: "quantity")
            }
        }
        firstLines = lines
        return isArray ? items : nil
    }
}
