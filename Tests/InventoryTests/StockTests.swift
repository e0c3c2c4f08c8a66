import Events
import ExactText
import InventoryAPI
import Testing
import Timestamps

@testable import Inventory

@Suite struct StockTests {
    private func product(_ id: ProductID, available: Int64, reserved: Int64 = 0) -> ProductDocument {
        ProductDocument(
            productID: id, name: "x", price: Money(amount: 5, currency: "USD"), available: available,
            reserved: reserved,
            lowStockThreshold: 10, updatedAt: Timestamp(milliseconds: 0))
    }

    private func stock(_ products: ProductDocument...) -> Stock {
        Stock(products, now: Timestamp(milliseconds: 1))
    }

    @Test func reservesAllOrNothing() {
        var stock = stock(product("A", available: 20), product("B", available: 1))
        let both = [ReserveCall.Item(productID: "A", quantity: 5), .init(productID: "B", quantity: 2)]
        #expect(
            stock.reserve(both) == .shortages([Shortage(productID: "B", requested: 2, available: 1)]))
        #expect(stock.changed.isEmpty)
        #expect(stock.reserve(both + [.init(productID: "C", quantity: 1)]) == .unknownProducts(["C"]))
        guard case .reserved(let items) = stock.reserve([both[0]]) else {
            Issue.record("A was not reserved")
            return
        }
        #expect(items.map(\.lineTotal.amount) == [25])
        #expect(stock.changed.map(\.productID) == ["A"])
        #expect(stock.product("A")?.available == 15 && stock.product("A")?.reserved == 5)
        stock.release(items)
        #expect(stock.product("A")?.available == 20 && stock.product("A")?.reserved == 0)
    }

    @Test func statusChangesAreToldOnceForTheWholeTransaction() {
        var stock = stock(product("A", available: 12), product("B", available: 30))
        _ = stock.reserve([.init(productID: "A", quantity: 5), .init(productID: "B", quantity: 5)])
        _ = stock.reserve([.init(productID: "A", quantity: 7)])
        #expect(stock.statusChanges.map { $0.product.productID } == ["A"])
        #expect(stock.statusChanges.first?.from == .inStock)
        #expect(stock.statusChanges.first?.product.status == .outOfStock)
    }

    @Test func stockHasLimits() throws {
        var stock = stock(product("A", available: 1_000_000_000_000 - 5, reserved: 3))
        #expect(throws: StockError.tooMuch) { try stock.replenish("A", by: 3) }
        #expect(throws: StockError.tooMuch) { try stock.replenish("A", by: .max) }
        #expect(try stock.replenish("A", by: 2).available == 1_000_000_000_000 - 3)
        #expect(throws: StockError.unknownProduct) { try stock.take("B", quantity: 1) }
        #expect(throws: StockError.shortage(.init(productID: "A", requested: .max, available: 1_000_000_000_000 - 3))) {
            try stock.take("A", quantity: .max)
        }
    }
}
