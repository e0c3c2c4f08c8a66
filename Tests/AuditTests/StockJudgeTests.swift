import ExactText
import Inventory
import Shop
import Testing
import Timestamps

@testable import Audit

/// What audit says of a product whose units do not add up.
@Suite struct StockJudgeTests {
    private static func product(available: Int64, reserved: Int64) -> Product {
        Product(
            productID: "A", name: "a", price: Money(amount: 1, currency: "EUR"), available: available,
            reserved: reserved, lowStockThreshold: 0, updatedAt: Timestamp(milliseconds: 0))
    }

    private static func found(
        _ product: Product, _ sums: StockJudge.Sums, unseen: Int64 = 0, isTruncated: Bool = false
    ) -> [String] {
        StockJudge(isTruncated: isTruncated).findings(product, sums, unseen: unseen)
            .map { $0.problem + ($0.isUnknown ? "?" : "") }
    }

    @Test func whatAddsUpIsNotMentioned() {
        let product = Self.product(available: 5, reserved: 3)
        #expect(Self.found(product, .init(logged: 10, reserved: 3, shipped: 2)) == [])
        #expect(Self.found(product, .init(logged: 4, reserved: 3, shipped: 2), unseen: 6) == [])
    }

    @Test func unitsThatNobodyBroughtAreNamed() {
        let product = Self.product(available: 6, reserved: 3)
        let problem = "6 available + 3 reserved + 2 shipped = 11, and by the log 10 came in"
        #expect(Self.found(product, .init(logged: 10, reserved: 3, shipped: 2)) == [problem])
        #expect(Self.found(product, .init(logged: 10, reserved: 3, shipped: 2), isTruncated: true) == [problem + "?"])
    }

    @Test func unitsThatNoReservationHasAreNamed() {
        let found = Self.found(Self.product(available: 5, reserved: 3), .init(logged: 8, reserved: 2))
        #expect(found == ["3 are reserved, and the reservations add up to 2"])
    }

    @Test func whatTheLogCallsOtherwiseIsNamed() {
        let product = Self.product(available: 5, reserved: 3)
        let words = ProductWords(product)
        var sums = StockJudge.Sums(logged: 8, reserved: 3, essentials: words.essentials, further: words.further)
        #expect(Self.found(product, sums) == [])
        sums.essentials = "a, 2 EUR, low at 0"
        sums.further = "archived, metadata {}"
        #expect(
            Self.found(product, sums) == [
                "it is a, 1 EUR, low at 0, and by the log a, 2 EUR, low at 0",
                "it is not archived, metadata {}, and by the log archived, metadata {}",
            ])
    }

    @Test func lessThanNothingIsNamed() {
        let found = Self.found(Self.product(available: -1, reserved: 1), .init(logged: 0, reserved: 1))
        #expect(found == ["-1 available, 1 reserved"])
    }
}
