import JSON
package import Shop

/// An order, as somebody at the command line wants it.
package struct NewOrder: Sendable {
    package var name: String
    package var email: String
    package var phone: String?
    package var items: [(productID: String, quantity: Int64)]
    package var customerID: String?
    package var note: String?
    package var metadata: [(name: String, value: String)] = []
    /// The members of its `shipping_address`.
    package var address: [(name: String, value: String)] = []
    package var expectedTotal: Money?

    package init(name: String, email: String, phone: String?, items: [(productID: String, quantity: Int64)]) {
        self.name = name
        self.email = email
        self.phone = phone
        self.items = items
    }

    /// The body of `POST /orders`. What was not said is not there.
    package func json() -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.key("customer")
            json.object { json in
                json.field("name", name)
                json.field("email", email)
                if let phone { json.field("phone", phone) }
            }
            json.key("items")
            json.array { json in
                for item in items {
                    json.object { json in
                        json.field("product_id", item.productID)
                        json.field("quantity", item.quantity)
                    }
                }
            }
            if let customerID { json.field("customer_id", customerID) }
            if !address.isEmpty { address.write(as: "shipping_address", to: &json) }
            if let note { json.field("note", note) }
            if !metadata.isEmpty { metadata.write(as: "metadata", to: &json) }
            if let expectedTotal {
                json.key("expected_total")
                expectedTotal.write(to: &json)
            }
        }
        return json.finish()
    }
}

extension [(name: String, value: String)] {
    /// A member with these.
    func write(as name: StaticString, to json: inout JSONWriter) {
        json.key(name)
        json.object { json in
            for member in self {
                json.key(string: member.name)
                json.string(member.value)
            }
        }
    }
}
