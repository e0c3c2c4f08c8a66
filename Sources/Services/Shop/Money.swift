package import JSON

/// An amount in minor units (cents, pence) of a currency.
package struct Money: Sendable, Hashable {
    /// In minor units; 0 or more wherever one is read.
    package var amount: Int64
    /// Three capital letters, as ISO 4217 has them.
    package var currency: String

    package init(amount: Int64, currency: String) {
        self.amount = amount
        self.currency = currency
    }

    /// A price is 0 to 10⁹ minor units, so that a thousand lines of a million each can't overflow.
    package static let prices: ClosedRange<Int64> = 0...1_000_000_000
}

extension Money {
    /// `{"amount", "currency"}`: the one form of money, in answers, events, rows and calls.
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("amount", amount)
            json.field("currency", currency)
        }
    }

    /// nil when a field error was noted.
    package static func read(_ json: inout JSONReader, amounts: ClosedRange<Int64> = 0...Int64.max) throws -> Money? {
        var amount: Int64?
        var currency: String?
        let isObject = try json.object { key, json in
            switch key {
            case "amount": amount = try json.int(in: amounts)
            case "currency":
                currency = try json.string()
                if let code = currency, code.utf8.count != 3 || !code.utf8.allSatisfy({ (65...90).contains($0) }) {
                    json.note("must be a currency code of three capital letters (ISO 4217)")
                    currency = nil
                }
            default: try json.skip()
            }
        }
        guard isObject else { return nil }
        let present = (json.require(amount, "amount"), json.require(currency, "currency"))
        guard let amount = present.0, let currency = present.1 else { return nil }
        return Money(amount: amount, currency: currency)
    }
}
