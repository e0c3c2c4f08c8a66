import ExactText
import JSON
import Shop

/// The body of `POST /orders`.
struct OrderBody: Sendable, Hashable {
    var request: OrderRequest
    /// The line of the body at which each item came first: what an error names.
    var lines: [Int]

    /// nil when a field error was noted.
    static func read(_ json: inout JSONReader) throws -> OrderBody? {
        var customer: Customer?
        var items: [WantedItem]?
        var lines: [Int] = []
        var further = Further()
        let isObject = try json.object { key, json in
            switch key {
            case "customer": customer = try readCustomer(&json)
            case "items": items = try WantedItem.readMerged(&json, firstLines: &lines)
            default: try further.read(key, &json)
            }
        }
        guard isObject else { return nil }
        let present = (json.require(customer, "customer"), json.require(items, "items"))
        guard let customer = present.0, let items = present.1 else { return nil }
        let request = OrderRequest(
            customer: customer, items: items, details: further.details, expectedTotal: further.expectedTotal)
        return OrderBody(request: request, lines: lines)
    }

    private static func readCustomer(_ json: inout JSONReader) throws -> Customer? {
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
        return Customer(name: name, email: email, phone: phone)
    }
}
