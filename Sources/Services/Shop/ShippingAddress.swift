package import ExactText
package import JSON
package import JSONSchema

/// Where an order goes, as loosely as addresses are: each part is a text of at most 200 characters, and may be missing.
package struct ShippingAddress: Sendable, Hashable {
    package var name: ExactText?
    package var company: ExactText?
    package var line1: ExactText?
    package var line2: ExactText?
    package var city: ExactText?
    package var state: ExactText?
    package var postalCode: ExactText?
    package var country: ExactText?
    package var phone: ExactText?

    package init() {}

    private var isEmpty: Bool { self == ShippingAddress() }
}

/// `{"name", "company", "line1", "line2", "city", "state", "postal_code", "country", "phone"}`: the one form of it, in requests,
/// answers, events and rows. What is missing is left out.
extension ShippingAddress {
    private static let partLimit = 200

    package func write(to json: inout JSONWriter) {
        json.object { json in
            if let name { json.field("name", name.string) }
            if let company { json.field("company", company.string) }
            if let line1 { json.field("line1", line1.string) }
            if let line2 { json.field("line2", line2.string) }
            if let city { json.field("city", city.string) }
            if let state { json.field("state", state.string) }
            if let postalCode { json.field("postal_code", postalCode.string) }
            if let country { json.field("country", country.string) }
            if let phone { json.field("phone", phone.string) }
        }
    }

    /// nil for one with nothing in it, and when a field error was noted. Forms send what was not filled in as empty texts: these
    /// count as missing.
    package static func read(_ json: inout JSONReader) throws -> ShippingAddress? {
        var address = ShippingAddress()
        _ = try json.object { key, json in
            switch key {
            case "name": address.name = try json.looseText(limit: partLimit)
            case "company": address.company = try json.looseText(limit: partLimit)
            case "line1": address.line1 = try json.looseText(limit: partLimit)
            case "line2": address.line2 = try json.looseText(limit: partLimit)
            case "city": address.city = try json.looseText(limit: partLimit)
            case "state": address.state = try json.looseText(limit: partLimit)
            case "postal_code": address.postalCode = try json.looseText(limit: partLimit)
            case "country": address.country = try json.looseText(limit: partLimit)
            case "phone": address.phone = try json.looseText(limit: partLimit)
            default: try json.skip()
            }
        }
        return address.isEmpty ? nil : address
    }

    /// As it is asked for.
    package static let schema = JSONSchema.object(properties(Text.looseSchema(limit: partLimit).orNull))
        .described(
            "Where it goes. Any part may be missing; what is empty counts as missing, and one with nothing in it as none."
        )

    /// As it is sent.
    package static let sent = JSONSchema.named("ShippingAddress", .object(properties(Text.sent(limit: partLimit))))

    /// As events have it.
    package static let kept = JSONSchema.named(
        "ShippingAddress", .object(properties(Text.schema(limit: partLimit)))
    ).described("Where it goes. Any part may be missing.")

    private static func properties(_ part: JSONSchema) -> [JSONSchema.Property] {
        [
            .optional("name", part), .optional("company", part), .optional("line1", part), .optional("line2", part),
            .optional("city", part), .optional("state", part), .optional("postal_code", part),
            .optional("country", part), .optional("phone", part),
        ]
    }
}
