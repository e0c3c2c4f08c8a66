import ExactText
import Identifiers
import InventoryAPI
import Shop
import Testing
import Timestamps

@testable import Inventory

@Suite struct StockTests {
    private func product(_ id: ProductID, available: Int64, reserved: Int64 = 0) -> Product {
        Product(
            productID: id, name: "x", price: Money(amount: 5, currency: "USD"), available: available,
            reserved: reserved,
            lowStockThreshold: 10, updatedAt: Timestamp(milliseconds: 0))
    }

    private func stock(_ products: Product...) -> Stock {
        Stock(products, now: Timestamp(milliseconds: 1))
    }

    @Test func reservesAllOrNothing() {
        var stock = stock(product("A", available: 20), product("B", available: 1))
        let both = [WantedItem(productID: "A", quantity: 5), .init(productID: "B", quantity: 2)]
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

    /// At today's prices, of what could be had.
    @Test func whatCostsSomethingElseIsNotReserved() {
        var stock = stock(product("A", available: 20), product("B", available: 1))
        let items = [WantedItem(productID: "A", quantity: 5), .init(productID: "B", quantity: 1)]
        let offered = items.map {
            OrderItem(
                productID: $0.productID, name: "x", quantity: $0.quantity, unitPrice: Money(amount: 5, currency: "USD"))
        }
        for other in [Money(amount: 29, currency: "USD"), Money(amount: 30, currency: "EUR")] {
            #expect(stock.reserve(items, expecting: other) == .otherTotal(offered))
        }
        #expect(stock.changed.isEmpty)
        let tooMany = [WantedItem(productID: "B", quantity: 2)]
        guard case .shortages = stock.reserve(tooMany, expecting: Money(amount: 1, currency: "USD")) else {
            Issue.record("there is no price to tell of what can't be had")
            return
        }
        #expect(stock.reserve(items, expecting: Money(amount: 30, currency: "USD")) == .reserved(offered))
    }

    /// It is the same order only at the same price.
    @Test func anOrderThatAsksAgainGetsItsFirstAnswer() {
        let now = Timestamp(milliseconds: 1)
        let item = OrderItem(productID: "A", name: "x", quantity: 2, unitPrice: Money(amount: 5, currency: "USD"))
        let wanted = [WantedItem(productID: "A", quantity: 2)]
        let held = Reservation(
            orderID: .time(), batchID: .time(), state: .held, items: [item], createdAt: now, updatedAt: now)
        #expect(held.repeated(wanted) == .reserved([item]))
        #expect(held.repeated(wanted, expecting: Money(amount: 10, currency: "USD")) == .reserved([item]))
        #expect(held.repeated(wanted, expecting: Money(amount: 9, currency: "USD")) == .conflict(isSold: false))
    }

    @Test func statusChangesAreToldOnceForTheWholeTransaction() {
        var stock = stock(product("A", available: 12), product("B", available: 30))
        _ = stock.reserve([.init(productID: "A", quantity: 5), .init(productID: "B", quantity: 5)])
        _ = stock.reserve([.init(productID: "A", quantity: 7)])
        #expect(stock.statusChanges.map { $0.product.productID } == ["A"])
        #expect(stock.statusChanges.first?.from == .inStock)
        #expect(stock.statusChanges.first?.product.status == .outOfStock)
    }

    @Test func whatIsArchivedIsNotReserved() throws {
        var stock = stock(product("A", available: 20), product("B", available: 20), product("C", available: 20))
        for id: ProductID in ["A", "B"] { _ = try stock.change(id, by: ProductChange(isArchived: true)) }
        let items = (["C", "B", "A"] as [ProductID]).map { WantedItem(productID: $0, quantity: 1) }
        #expect(stock.reserve(items) == .archivedProducts(["B", "A"]))
        #expect(stock.reserve(items + [.init(productID: "D", quantity: 1)]) == .unknownProducts(["D"]))
        _ = try stock.change("A", by: ProductChange(isArchived: false))
        guard case .reserved = stock.reserve([items[2]]) else {
            Issue.record("it is back, and was not reserved")
            return
        }
    }

    @Test func aChangeNamesWhatIsOtherwise() throws {
        var stock = stock(product("A", available: 20))
        let all = ProductChange(
            name: "y", price: Money(amount: 6, currency: "USD"), lowStockThreshold: 20,
            metadata: .init(entries: ["k": "v", "absent": nil]), isArchived: true)
        let (product, members) = try stock.change("A", by: all)
        #expect(members == ["name", "price", "low_stock_threshold", "metadata", "archived"])
        #expect(product.name == "y" && product.price.amount == 6 && product.status == .lowStock && product.isArchived)
        #expect(product.metadata == Metadata(["k": "v"]) && product.updatedAt == Timestamp(milliseconds: 1))
        #expect(try stock.change("A", by: all).members == [])
        #expect(try stock.change("A", by: ProductChange(metadata: .init(replacesAll: true))).members == ["metadata"])
        #expect(stock.product("A")?.metadata == nil)
        #expect(throws: StockError.unknownProduct) { try stock.change("B", by: all) }
        let many = (0...Metadata.mostEntries).map { (ExactText("\($0)"), ExactText?.some("v")) }
        #expect(throws: StockError.tooMuchMetadata) {
            try stock.change("A", by: ProductChange(metadata: .init(entries: Dictionary(many) { first, _ in first })))
        }
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
