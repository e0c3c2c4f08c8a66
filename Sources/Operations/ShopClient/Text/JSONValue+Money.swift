import JSON
import Shop
import VisibleText

extension JSONValue {
    /// An amount of the API, as people write it; nil for any other value.
    var money: String? {
        guard let amount = self["amount"]?.int, let currency = self["currency"]?.string else { return nil }
        return Money(amount: amount, currency: currency).text.printable()
    }

    /// A value as one word or line, also where nobody knows what it is about.
    var line: String {
        switch self {
        case .null: ""
        case .bool(let value): value ? "yes" : "no"
        case .number(let text), .string(let text): text
        case .array(let elements): elements.map(\.line).joined(separator: ", ")
        case .object(let members):
            money ?? members.map { "\($0.name)=\($0.value.line)" }.joined(separator: ", ")
        }
    }
}
