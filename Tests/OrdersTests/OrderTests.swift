import ExactText
import Identifiers
import Shop
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

    @Test func howItWasShippedIsKept() throws {
        var confirmed = try order()
        confirmed.details = OrderDetails(customerID: "c-1", note: "Ring twice.")
        let shipment = Shipment(carrier: "DHL", trackingNumber: "0034")
        let shipped = try #require(try confirmed.moved(by: .ship(shipment), at: now))
        #expect(
            shipped.details
                == OrderDetails(customerID: "c-1", note: "Ring twice.", carrier: "DHL", trackingNumber: "0034"))
        #expect(try shipped.moved(by: .deliver, at: now)?.details == shipped.details)
        #expect(shipped.asConfirmed == confirmed)
        // Without a word of it, or with the same, it is shipped already.
        #expect(try shipped.moved(by: .ship(nil), at: now) == nil)
        #expect(try shipped.moved(by: .ship(shipment), at: now) == nil)
        let other = Shipment(carrier: "UPS", trackingNumber: "0034")
        #expect(throws: OrderError.shippedOtherwise) { try shipped.moved(by: .ship(other), at: now) }
        let unsaid = try #require(try confirmed.moved(by: .ship(nil), at: now))
        #expect(unsaid.details == confirmed.details)
        #expect(throws: OrderError.shippedOtherwise) { try unsaid.moved(by: .ship(shipment), at: now) }
    }

    /// What comes after an erasure is erased as what came before it.
    @Test func nothingPersonalComesBackIntoAnErasedOrder() throws {
        var erased = try order()
        erased.customer = erased.customer?.erased
        let shipment = Shipment(carrier: "DHL", trackingNumber: "0034")
        let shipped = try #require(try erased.moved(by: .ship(shipment), at: now))
        #expect(shipped.status == .shipped && shipped.details == nil)
        #expect(try shipped.moved(by: .ship(shipment), at: now) == nil, "a repeat is no other shipment")
        #expect(try shipped.moved(by: .deliver, at: now)?.details == nil)
        #expect(try erased.moved(by: .cancel(reason: "Ada has moved"), at: now)?.reason == Erased.text)
        #expect(try #require(try erased.moved(by: .cancel(reason: nil), at: now)).reason == nil)
    }

    @Test func totalsAreSums() throws {
        let order = try order()
        #expect(order.items.map(\.lineTotal.amount) == [300, 1])
        #expect(order.total == Money(amount: 301, currency: "USD"))
    }

    @Test func theLargestOrderDoesNotOverflow() throws {
        let items = (0..<1_000).map {
            OrderItem(
                productID: "\($0)", name: "x", quantity: 1_000_000,
                unitPrice: Money(amount: 1_000_000_000, currency: "USD"))
        }
        let order = try Order.confirmed(
            .time(), customer: .init(name: "A", email: "a@b", phone: nil), items: items, at: now)
        #expect(order.total.amount == 1_000_000_000_000_000_000)
    }

    @Test func twoCurrenciesAreNoOrder() {
        let items = ["EUR", "USD"].map {
            OrderItem(
                productID: "of-\($0)", name: "x", quantity: 1, unitPrice: Money(amount: 1, currency: $0))
        }
        #expect(throws: OrderError.mixedCurrencies(["EUR", "USD"])) {
            try Order.confirmed(.time(), customer: .init(name: "A", email: "a@b", phone: nil), items: items, at: now)
        }
    }

    @Test func movesGoForwardOnly() throws {
        let confirmed = try order()
        let shipped = try #require(try confirmed.moved(by: .ship(nil), at: now.advanced(bySeconds: 1)))
        #expect(shipped.status == .shipped && shipped.version == 2)
        let delivered = try #require(try shipped.moved(by: .deliver, at: now.advanced(bySeconds: 2)))
        #expect(delivered.status == .delivered && delivered.version == 3)
        let cancelled = try #require(try confirmed.moved(by: .cancel(reason: "why"), at: now))
        #expect(cancelled.status == .cancelled && cancelled.reason == "why")

        #expect(try shipped.moved(by: .ship(nil), at: now) == nil)
        #expect(try cancelled.moved(by: .cancel(reason: "other"), at: now) == nil)
        for (order, move) in [
            (confirmed, OrderMove.deliver), (shipped, .cancel(reason: nil)), (delivered, .ship(nil)),
            (cancelled, .ship(nil)),
            (Order.interrupted(.time(), items: [], at: now), .cancel(reason: nil)),
        ] {
            #expect(throws: OrderError.self) { try order.moved(by: move, at: now) }
        }
    }

    /// A clock that goes back does not take an order's history with it.
    @Test func timeDoesNotRunBackwards() throws {
        let moved = try #require(try order().moved(by: .ship(nil), at: now.advanced(bySeconds: -60)))
        #expect(moved.updatedAt == now)
    }
}
