import Arguments
import Shop

/// Values that the commands of the shop read.
extension ParsedArguments {
    /// `NAME=VALUE`, of an option that may be repeated; no name twice.
    func pairs(_ option: String) throws(UsageError) -> [(name: String, value: String)] {
        var pairs: [(name: String, value: String)] = []
        for text in values(option) {
            guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
                throw UsageError("--\(option) \(text) must be NAME=VALUE")
            }
            let name = String(text[..<equals])
            guard !pairs.contains(where: { $0.name == name }) else {
                throw UsageError("--\(option) has \(name) twice")
            }
            pairs.append((name, String(text[text.index(after: equals)...])))
        }
        return pairs
    }

    /// `SKU` or `SKU=QUANTITY`. A product's id may have an equals sign of its own: the last one counts, where a number follows.
    func items(_ option: String) throws(UsageError) -> [(productID: String, quantity: Int64)] {
        var items: [(productID: String, quantity: Int64)] = []
        for text in values(option) {
            guard let equals = text.lastIndex(of: "=") else {
                items.append((text, 1))
                continue
            }
            let number = text[text.index(after: equals)...]
            guard equals > text.startIndex, number.utf8.allSatisfy({ (48...57).contains($0) }),
                let quantity = Int64(number), WantedItem.quantities.contains(quantity)
            else {
                let most = WantedItem.quantities.upperBound
                throw UsageError("--\(option) \(text) must be SKU or SKU=QUANTITY, a whole number from 1 to \(most)")
            }
            items.append((String(text[..<equals]), quantity))
        }
        return items
    }

    /// `12.50` in this currency, or `12.50 EUR` in that one; nil where it is not given.
    func money(_ option: String, currency: String) throws(UsageError) -> Money? {
        guard let text = value(option) else { return nil }
        let words = text.split(separator: " ")
        let code = words.count == 2 ? String(words[1]) : currency
        guard (1...2).contains(words.count), Money.isCurrency(code),
            let money = Money(decimal: words[0], currency: code)
        else {
            let digits = Money.minorDigits(of: code)
            let example = digits == 0 ? "1250" : "12." + "5" + String(repeating: "0", count: digits - 1)
            throw wrong(option, "must be an amount as \(example), perhaps with its currency, as '\(example) \(code)'")
        }
        return money
    }

    /// `--currency`
    func currency() throws(UsageError) -> String {
        let code = try required("currency")
        guard Money.isCurrency(code) else { throw wrong("currency", "must be three capital letters (ISO 4217)") }
        return code
    }
}

extension ShopTool {
    static let currency = Option(
        name: "currency", value: "CODE", help: "Of amounts that name none (ISO 4217)", environment: "ORDERLOG_CURRENCY",
        default: "USD")
}
