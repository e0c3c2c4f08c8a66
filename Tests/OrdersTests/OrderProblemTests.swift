import ExactText
import HTTPAPI
import JSON
import Shop
import Testing

@testable import Orders

/// The one place where an order's troubles become problem documents.
@Suite struct OrderProblemTests {
    /// The error, its status, its type, seconds until another try, and the outcome that is counted.
    private static let mapped: [(OrderError, Int, String, Int?, String)] = [
        (.unknownOrder, 404, "not-found", nil, "invalid"),
        (.illegalMove(from: .delivered, to: .cancelled), 409, "illegal-move", nil, "invalid"),
        (.shippedOtherwise, 409, "illegal-move", nil, "invalid"),
        (
            .otherTotal([
                OrderItem(productID: "A", name: "a", quantity: 2, unitPrice: Money(amount: 150, currency: "USD"))
            ]), 409, "other-total", nil, "other_total"
        ),
        (
            .notEnoughStock([Shortage(productID: "A", requested: 2, available: 0)]), 409, "not-enough-stock", nil,
            "not_enough_stock"
        ),
        (.unknownProducts(["A"]), 422, "invalid-fields", nil, "invalid"),
        (.archivedProducts(["A"]), 409, "product-archived", nil, "refused"),
        (.mixedCurrencies(["EUR", "USD"]), 422, "invalid-fields", nil, "invalid"),
        (.interrupted, 503, "order-interrupted", 1, "interrupted"),
        (.keyReused, 422, "idempotency-key-reused", nil, "invalid"),
        (.inventoryUnavailable("is away"), 503, "inventory-unavailable", 1, "inventory_unavailable"),
        (.inventoryNotBelieved, 503, "inventory-not-believed", 1, "inventory_unavailable"),
    ]

    @Test(arguments: mapped.indices) func anErrorIsToldAsItsProblem(_ index: Int) {
        let (error, status, kind, retryAfter, outcome) = Self.mapped[index]
        let problem = Problem(error)
        #expect(problem.status == status && problem.type?.kind == kind && problem.retryAfter == retryAfter)
        #expect(PlacedOrders.outcome(problem.status, problem.type) == outcome)
        #expect(problem.detail?.isEmpty == false)
    }

    @Test func currenciesAreNamed() {
        let problem = Problem(OrderError.mixedCurrencies(["EUR", "USD"]))
        #expect(problem.errors.map(\.field) == ["items"])
        #expect(problem.errors.first?.message == "are sold in EUR and USD; an order has one currency")
    }

    /// A body of a thousand lines of unknown products makes no document of a thousand errors.
    @Test func atMostAHundredProductsAreNamed() {
        #expect(Problem(OrderError.unknownProducts((0..<200).map { ProductID("\($0)") })).errors.count == 100)
    }
}
