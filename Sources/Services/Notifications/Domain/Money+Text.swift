import Events

extension Money {
    /// `1299.99 USD`; the digits behind the point as ISO 4217 has them.
    var text: String {
        let digits = Self.minorDigits(of: currency)
        guard digits > 0 else { return "\(amount) \(currency)" }
        let unit = (0..<digits).reduce(Int64(1)) { unit, _ in unit * 10 }
        let fraction = String(amount % unit)
        return "\(amount / unit).\(String(repeating: "0", count: digits - fraction.utf8.count))\(fraction) \(currency)"
    }

    /// The exponents of ISO 4217's list one (as of 2026-01-01). Most currencies have two digits, and so has a code that it
    /// does not know; metals, funds and codes for tests, for which it says "N.A.", have none.
    static func minorDigits(of currency: String) -> Int {
        switch currency {
        case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF",
            "XOF", "XPF",
            "XAG", "XAU", "XBA", "XBB", "XBC", "XBD", "XDR", "XPD", "XPT", "XSU", "XTS", "XUA", "XXX":
            0
        case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND": 3
        case "CLF", "UYW": 4
        default: 2
        }
    }
}
