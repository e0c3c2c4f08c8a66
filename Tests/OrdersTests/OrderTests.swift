import Events
import ExactText
import Identifiers
import Testing
import Timestamps

@testable import Orders

@Suite struct OrderTests {
    private let now = Timestamp(milliseconds: 1_767_225_600_000)

    private func order() throws -> Order {
        try Order.confirmed(
            .time(), customer: .init(name: "Ada", email: "ada@example.com", phone: nil),
            items: [
                .init(productID: "A", name: "a", quantity: 2, unitPrice: Money(amount: 150, currency: "USD")),
                .init(productID: "B", name: "b", quantity: 1, unitPrice: Money(amount: 1, currency: "USD")),
            ], at: now)
    }

    @Test func totalsAreSums() throws {
        let order = try order()
        #expect(order.document.items.map(\.lineTotal.amount) == [300, 1])
        #expect(order.document.total == Money(amount: 301, currency: "USD"))
    }

    @Test func theLargestOrderDoesNotOverflow() throws {
        let items = (0..<1_000).map {
            OrderDocument.Item(
                productID: "\($0)", name: "x", quantity: 1_000_000,
                unitPrice: Money(amount: 1_000_000_000, currency: "USD"))
        }
        let order = try Order.confirmed(
            .time(), customer: .init(name: "A", email: "a@b", phone: nil), items: items, at: now)
        #expect(order.document.total.amount == 1_000_000_000_000_000_000)
    }

    @Test func twoCurrenciesAreNoOrder() {
        let items = ["EUR", "USD"].map {
            OrderDocument.Item(
                productID: "of-\($0)", name: "x", quantity: 1, unitPrice: Money(amount: 1, currency: $0))
        }
        #expect(throws: OrderError.mixedCurrencies(["EUR", "USD"])) {
            try Order.confirmed(.time(), customer: .init(name: "A", email: "a@b", phone: nil), items: items, at: now)
        }
    }

    @Test func movesGoForwardOnly() throws {
        let confirmed = try order()
        let (shipped, shippedEvent) = try #require(try confirmed.moved(by: .ship, at: now.advanced(bySeconds: 1)))
        #expect(shipped.document.status == .shipped && shippedEvent == .shipped && shipped.version == 2)
        let (delivered, _) = try #require(try shipped.moved(by: .deliver, at: now.advanced(bySeconds: 2)))
        #expect(delivered.document.status == .delivered && delivered.version == 3)
        let (cancelled, event) = try #require(try confirmed.moved(by: .cancel(reason: "why"), at: now))
        #expect(cancelled.document.reason == "why" && event == .cancelled)

        #expect(try shipped.moved(by: .ship, at: now) == nil)
        #expect(try cancelled.moved(by: .cancel(reason: "other"), at: now) == nil)
        for (order, move) in [
            (confirmed, OrderMove.deliver), (shipped, .cancel(reason: nil)), (delivered, .ship), (cancelled, .ship),
            (Order.interrupted(.time(), items: [], at: now), .cancel(reason: nil)),
        ] {
            #expect(throws: OrderError.self) { try order.moved(by: move, at: now) }
        }
    }

    /// A clock that goes back does not take an order's history with it.
    @Test func timeDoesNotRunBackwards() throws {
        let (moved, _) = try #require(try order().moved(by: .ship, at: now.advanced(bySeconds: -60)))
        #expect(moved.document.updatedAt == now)
    }
}

private func == (one: (Order, OrderEvent.Kind)?, _: _OptionalNilComparisonType) -> Bool {
    one.map { _ in false } ?? true
}
