package import Events
import ExactText
package import InventoryAPI
package import JSON

/// The body of `POST /orders`.
package struct OrderRequest: Sendable, Hashable {
    package var customer: OrderDocument.Customer
    /// One line a product.
    package var items: [ReserveCall.Item]
    /// The line of the body at which each item came first: what an error names.
    package var lines: [Int]

    /// nil when a field error was noted. Fields that it does not know are ignored.
    package static func read(_ json: inout JSONReader) throws -> OrderRequest? {
        var customer: OrderDocument.Customer?
        var items: [ReserveCall.Item]?
        var lines: [Int] = []
        let isObject = try json.object { key, json in
            switch key {
            case "customer": customer = try readCustomer(&json)
            case "items": items = try ReserveCall.Item.readMerged(&json, firstLines: &lines)
            default: try json.skip()
            }
        }
        guard isObject else { return nil }
        let present = (json.require(customer, "customer"), json.require(items, "items"))
        guard let customer = present.0, let items = present.1 else { return nil }
        return OrderRequest(customer: customer, items: items, lines: lines)
    }

    private static func readCustomer(_ json: inout JSONReader) throws -> OrderDocument.Customer? {
        var name: ExactText?
        var email: ExactText?
        var phone: ExactText?
        let isObject = try json.object { key, json in
            switch key {
            case "name": name = try json.text(limit: Text.nameLimit)
            case "email": email = try json.email()
            case "phone": phone = try json.null() ? nil : try json.phone()
            default: try json.skip()
            }
        }
        guard isObject else { return nil }
        let present = (json.require(name, "name"), json.require(email, "email"))
        guard let name = present.0, let email = present.1 else { return nil }
        return OrderDocument.Customer(name: name, email: email, phone: phone)
    }
}
