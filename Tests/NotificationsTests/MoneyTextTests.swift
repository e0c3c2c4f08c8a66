import ExactText
import Shop
import Testing

@testable import Notifications

@Suite struct MoneyTextTests {
    /// ISO 4217's list one: every code that has another number of digits than two.
    static let exponents: [(Int, String)] = [
        (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
        (0, "XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX"), (3, "BHD IQD JOD KWD LYD OMR TND"), (4, "CLF UYW"),
        (2, "USD EUR GBP MGA MRU HUF TWD AFN IRR XCD XCG UYU CLE COU CHW CHE MXV BOV USN VES VED ZWG SLE AAA"),
    ]

    @Test func everyCurrencyHasItsDigits() {
        for (digits, codes) in Self.exponents {
            for code in codes.split(separator: " ") {
                #expect(Money.minorDigits(of: String(code)) == digits, "\(code)")
            }
        }
    }

    @Test(
        arguments: [
            (0, "USD", "0.00 USD"), (5, "USD", "0.05 USD"), (129_999, "USD", "1299.99 USD"), (1_500, "JPY", "1500 JPY"),
            (1_005, "KWD", "1.005 KWD"), (12_345, "CLF", "1.2345 CLF"), (20_001, "UYW", "2.0001 UYW"),
            (7, "CLF", "0.0007 CLF"),
            (1_000_000_000_000_000_000, "UYW", "100000000000000.0000 UYW"),
        ] as [(Int64, String, String)])
    func isWrittenAsTheCurrencyIs(_ amount: Int64, _ currency: String, _ text: String) {
        var writer = TextWriter()
        writer.put(Money(amount: amount, currency: currency))
        #expect(writer.finish() == ExactText(text))
    }
}
