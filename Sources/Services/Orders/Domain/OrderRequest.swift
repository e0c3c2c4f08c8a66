import ExactText
package import Idempotency
import JSON
package import Shop

/// What a customer asks for.
package struct OrderRequest: Sendable, Hashable {
    package var customer: Customer
    /// One line a product.
    package var items: [WantedItem]
    /// Without a carrier: nothing is shipped yet.
    package var details: OrderDetails?
    /// What the customer was told that it costs; nil: whatever it costs will do.
    package var expectedTotal: Money?

    package init(
        customer: Customer, items: [WantedItem], details: OrderDetails? = nil, expectedTotal: Money? = nil
    ) {
        self.customer = customer
        self.items = items
        self.details = details
        self.expectedTotal = expectedTotal
    }

    /// By which it is known again. Lines in another order are another request: they are kept, and answered, in their order.
    package var values: Framed {
        var values = Framed()
        values.add(customer.name.string)
        values.add(customer.email.string)
        values.add(optional: customer.phone?.string)
        for item in items {
            values.add(item.productID.string)
            values.add(item.quantity)
        }
        addFurther(to: &values)
        return values
    }

    /// A request with nothing else is what it was to earlier versions, which knew of nothing else.
    private func addFurther(to values: inout Framed) {
        guard details != nil || expectedTotal != nil else { return }
        // No product's id is nil: the lines end here.
        values.add(optional: nil)
        values.add(optional: details?.customerID?.string)
        values.add(optional: details?.note?.string)
        values.add(json(details?.shippingAddress) { $0.write(to: &$1) })
        values.add(json(details?.metadata) { $0.write(to: &$1) })
        values.add(json(expectedTotal) { $0.write(to: &$1) })
    }

    /// Empty for nil.
    private func json<Value>(_ value: Value?, _ write: (Value, inout JSONWriter) -> Void) -> [UInt8] {
        guard let value else { return [] }
        var json = JSONWriter()
        write(value, &json)
        return json.finish()
    }
}
