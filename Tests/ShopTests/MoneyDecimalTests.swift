import Shop
import Testing

/// Amounts as people write them and read them.
@Suite struct MoneyDecimalTests {
    @Test(
        arguments: [
            ("12.50", "USD", 1_250), ("12.5", "USD", 1_250), ("12", "USD", 1_200), ("0.01", "EUR", 1),
            ("007", "EUR", 700),
            ("1500", "JPY", 1_500), ("1.005", "KWD", 1_005), ("1.0005", "CLF", 10_005), ("0.1", "USD", 10),
            ("92233720368547758.07", "USD", .max),
        ] as [(String, String, Int64)])
    func isReadExactly(_ text: String, _ currency: String, _ amount: Int64) {
        #expect(Money(decimal: text, currency: currency) == Money(amount: amount, currency: currency))
    }

    @Test(
        arguments: [
            ("", "USD"), ("12.345", "USD"), ("12,50", "USD"), ("1,250.00", "USD"), ("-1", "USD"), ("+1", "USD"),
            ("1.", "USD"),
            (".5", "USD"), ("1.5", "JPY"), ("1e3", "USD"), ("١٢", "USD"), (" 1", "USD"), ("1.2.3", "USD"),
            ("92233720368547758.08", "USD"),
        ])
    func whatIsNoAmountIsRefused(_ text: String, _ currency: String) {
        #expect(Money(decimal: text, currency: currency) == nil)
    }

    @Test(
        arguments: [
            (0, "USD", "0.00 USD"), (5, "USD", "0.05 USD"), (129_999, "USD", "1299.99 USD"), (1_500, "JPY", "1500 JPY"),
            (7, "CLF", "0.0007 CLF"), (-250, "EUR", "-2.50 EUR"),
        ] as [(Int64, String, String)])
    func isWrittenAsTheCurrencyIs(_ amount: Int64, _ currency: String, _ text: String) {
        #expect(Money(amount: amount, currency: currency).text == text)
    }
}
