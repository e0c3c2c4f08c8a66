extension Money {
    /// The exponents of ISO 4217's list one (as of 2026-01-01). Most currencies have two digits, and so has a code that it
    /// does not know; metals, funds and codes for tests, for which it says "N.A.", have none.
    package static func minorDigits(of currency: String) -> Int { unusualDigits[currency] ?? 2 }

    private static let unusualDigits: [String: Int] = [
        "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0, "UGX": 0,
        "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
        "XAG": 0, "XAU": 0, "XBA": 0, "XBB": 0, "XBC": 0, "XBD": 0, "XDR": 0, "XPD": 0, "XPT": 0, "XSU": 0, "XTS": 0,
        "XUA": 0, "XXX": 0,
        "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
        "CLF": 4, "UYW": 4,
    ]
}
