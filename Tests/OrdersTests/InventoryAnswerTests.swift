import ExactText
import HTTPAPI
import Identifiers
import InventoryAPI
import Shop
import Testing

@testable import Orders

/// What the inventory service answers becomes an order only where it is an answer to what was asked.
@Suite(.timeLimit(.minutes(1))) struct InventoryAnswerTests {
    private static let asked = [
        WantedItem(productID: "SKU-1", quantity: 2), .init(productID: "A\u{30a}", quantity: 1),
    ]

    private static func item(_ id: ProductID, _ quantity: Int64, price: Int64 = 5) -> OrderItem {
        .init(productID: id, name: "x", quantity: quantity, unitPrice: Money(amount: price, currency: "USD"))
    }

    private static let honest = ReservationOutcome.reserved([item("SKU-1", 2), item("A\u{30a}", 1)])

    static let faults: [ReservationOutcome] = [
        .reserved([]), .reserved([item("SKU-1", 2)]), .reserved([item("SKU-1", 2), item("SKU-1", 2)]),
        .reserved([item("SKU-1", 2), item("\u{c5}", 1)]), .reserved([item("S\u{212a}U-1", 2), item("A\u{30a}", 1)]),
        .reserved([item("SKU-1", 1), item("A\u{30a}", 1)]), .reserved([item("SKU-1", 2), item("A\u{30a}", 2)]),
        .reserved([item("SKU-1", 2), item("A\u{30a}", 1), item("MORE", 1)]),
        .reserved([item("SKU-1", 2, price: -1), item("A\u{30a}", 1)]),
        .reserved([item("SKU-1", 2, price: 1_000_000_001), item("A\u{30a}", 1)]),
        .shortages([]), .shortages([Shortage(productID: "OTHER", requested: 2, available: 0)]),
        .shortages([Shortage(productID: "SKU-1", requested: 3, available: 0)]),
        .shortages([Shortage(productID: "SKU-1", requested: 2, available: 2)]),
        .shortages([Shortage(productID: "SKU-1", requested: 2, available: -1)]),
        // Nobody expected a total.
        .otherTotal([item("SKU-1", 2), item("A\u{30a}", 1)]),
        .unknownProducts([]), .unknownProducts(["OTHER"]), .unknownProducts(["S\u{212a}U-1"]),
        .archivedProducts([]), .archivedProducts(["OTHER"]),
    ]

    @Test(arguments: faults) func anotherAnswerIsAFaultOfTheNeighbour(_ fault: ReservationOutcome) async throws {
        // The first order of a call gets the wrong answer, the second the right one.
        try await TestPlacement.run(answer: { $0.items == Self.asked ? fault : nil }) { shop in
            await #expect(throws: OrderError.inventoryNotBelieved) { try await shop.place(Self.asked) }
            let neighbour = try await shop.place([.init(productID: "B", quantity: 1)]).order
            #expect(shop.store.orders == [neighbour])
            await shop.placement.stop()
            // The batch of the wrong answer is left to reclaiming.
            #expect(shop.inventory.closed == [shop.inventory.calls[1].batchID])
        }
    }

    @Test func whatWasAskedForIsBelieved() {
        let wanted = ReserveCall.Reservation(orderID: .time(), items: Self.asked)
        for answer: ReservationOutcome in [
            Self.honest, .reserved([Self.item("A\u{30a}", 1, price: 0), Self.item("SKU-1", 2)]), .released,
            .conflict(isSold: true),
            .shortages([Shortage(productID: "SKU-1", requested: 2, available: 1)]),
            .shortages([
                Shortage(productID: "SKU-1", requested: 2, available: 0),
                Shortage(productID: "A\u{30a}", requested: 1, available: 0),
            ]),
            .unknownProducts(["A\u{30a}"]), .archivedProducts(["A\u{30a}"]),
        ] {
            #expect(answer.complaint(about: wanted) == nil)
        }
    }

    @Test func anotherTotalIsOneThatWasNotExpected() {
        func complaint(expecting amount: Int64, _ items: [OrderItem]) -> String? {
            let total = Money(amount: amount, currency: "USD")
            return ReservationOutcome.otherTotal(items).complaint(
                about: .init(orderID: .time(), items: Self.asked, expectedTotal: total))
        }
        let items = [Self.item("SKU-1", 2), Self.item("A\u{30a}", 1)]
        #expect(complaint(expecting: 14, items) == nil)
        #expect(complaint(expecting: 15, items) == "it costs what was expected")
        #expect(complaint(expecting: 14, [items[0]]) != nil)
        #expect(complaint(expecting: 14, [items[0], Self.item("A\u{30a}", 1, price: -1)]) != nil)
    }

    @Test func theCustomerIsToldWhoseFaultItIs() {
        let problem = Problem(OrderError.inventoryNotBelieved)
        #expect(problem.status == 503 && problem.type?.kind == "inventory-not-believed" && problem.retryAfter != nil)
    }
}
