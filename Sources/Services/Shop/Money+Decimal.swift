/// Amounts as people write them. Digits are moved, and no number with a fraction is made: binary has no 0.1.
extension Money {
    /// `1299.99 USD`
    package var text: String { "\(decimal) \(currency)" }

    /// `1299.99`, with as many digits behind the point as the currency has.
    package var decimal: String {
        let digits = Self.minorDigits(of: currency)
        guard digits > 0 else { return String(amount) }
        let number = String(amount.magnitude)
        let padded = String(repeating: "0", count: max(0, digits + 1 - number.utf8.count)) + number
        return "\(amount < 0 ? "-" : "")\(padded.dropLast(digits)).\(padded.suffix(digits))"
    }

    /// Of `12`, `12.5` or `12.50`: digits, perhaps a point, and behind it no more digits than the currency has. nil for all else,
    /// also for what does not fit, a sign, and a comma, which stands for thousands here and for the point there.
    package init?(decimal text: some StringProtocol, currency: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let digits = Self.minorDigits(of: currency)
        guard (1...2).contains(parts.count), !parts[0].isEmpty,
            parts.allSatisfy({ $0.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } })
        else { return nil }
        let fraction = parts.count == 2 ? String(parts[1]) : ""
        guard parts.count == 1 || !fraction.isEmpty, fraction.utf8.count <= digits,
            let amount = Int64(parts[0] + fraction + String(repeating: "0", count: digits - fraction.utf8.count))
        else { return nil }
        self.init(amount: amount, currency: currency)
    }

    /// Whether it looks as codes of ISO 4217 do.
    package static func isCurrency(_ code: some StringProtocol) -> Bool {
        code.utf8.count == 3 && code.utf8.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
    }
}
