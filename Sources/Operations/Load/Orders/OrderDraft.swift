import JSON

/// The body of an order that is going to be placed, and what it takes from stock.
package struct OrderDraft: Sendable {
    package var body: [UInt8]
    /// Units of each product. Empty where the body could not be understood: whoever gets it decides.
    package var units: [String: Int64]

    package init(body: [UInt8], units: [String: Int64]) {
        self.body = body
        self.units = units
    }

    /// A body that somebody else made.
    package init(body: [UInt8]) {
        var units: [String: Int64] = [:]
        let isRead: Bool? = try? JSON.read(body, isOpen: true) { json in
            try json.object { key, json in
                guard case "items" = key else { return }
                _ = try json.array(count: 0...100_000) { json in
                    var product: String?
                    var quantity: Int64?
                    _ = try json.object { key, json in
                        switch key {
                        case "product_id": product = try json.string()
                        case "quantity": quantity = try json.int(in: 0...1_000_000_000)
                        default: try json.skip()
                        }
                    }
                    if let product, let quantity { units[product, default: 0] += quantity }
                }
            }
        }
        self.init(body: body, units: isRead == true ? units : [:])
    }
}

/// Orders as a shop gets them: one to three lines, popular products more often, a third with a phone.
package struct OrderMix: Sendable {
    /// The most popular first.
    package var products: [String]
    package var skew: Double
    /// Lines of an order at most.
    package var lines: Int
    /// Stands in each customer's address, so that the orders of a run are told apart: `c17@MARK.load.example`.
    package var mark: String

    package init(products: [String], skew: Double, lines: Int, mark: String) {
        self.products = products
        self.skew = skew
        self.lines = lines
        self.mark = mark
    }

    package static func domain(of mark: String) -> String { "\(mark).load.example" }

    package func drafts(_ count: Int, _ dice: inout Dice) -> [OrderDraft] {
        let popularity = Popularity(count: products.count, skew: skew)
        return (0..<count).map { number in draft(number, popularity, &dice) }
    }

    private func draft(_ number: Int, _ popularity: Popularity, _ dice: inout Dice) -> OrderDraft {
        var units: [String: Int64] = [:]
        var chosen: [String] = []
        for _ in 0..<Int.random(in: 1...lines, using: &dice) {
            let product = products[popularity.choose(&dice)]
            // The same product on two lines is one line.
            if units[product] == nil { chosen.append(product) }
            units[product, default: 0] += Int64.random(in: 1...3, using: &dice)
        }
        let hasPhone = Int.random(in: 0..<3, using: &dice) == 0
        var json = JSONWriter()
        json.object { json in
            json.key("customer")
            json.object { json in
                json.field("name", "Customer \(number)")
                json.field("email", "c\(number)@\(Self.domain(of: mark))")
                if hasPhone { json.field("phone", "+1555\(1_000_000 + number)") }
            }
            json.key("items")
            json.array { json in
                for product in chosen {
                    json.object { json in
                        json.field("product_id", product)
                        json.field("quantity", units[product] ?? 0)
                    }
                }
            }
        }
        return OrderDraft(body: json.finish(), units: units)
    }
}
