import Causes
import Databases
import Events
import ExactText
import Identifiers
import Inbox
import Shop
import TestDatabase
import Testing
import Timestamps

@testable import Inventory

/// The stock that the log tells of is what the service made of it.
@Suite struct StockRebuildTests {
    private static let now = Timestamp(milliseconds: 1_767_225_600_000)
    private static let price = Money(amount: 5, currency: "EUR")

    private func event(_ kind: OrderEvent.Kind, of order: Identifier, _ quantity: Int64) -> StockEvent {
        let item = OrderItem(productID: "A", name: "Lamp", quantity: quantity, unitPrice: Self.price)
        return .order(
            OrderEvent(
                id: .time(), kind: kind, time: Self.now, cause: .unknown,
                order: OrderEvent.Order(
                    orderID: order, status: kind.status, customer: nil, items: [item], total: item.lineTotal,
                    createdAt: Self.now, updatedAt: Self.now, reason: nil)))
    }

    private func told(_ change: InventoryEvent.Change, price: Int64, isArchived: Bool = false) -> StockEvent {
        .product(
            InventoryEvent(
                id: .time(), change: change, time: Self.now, cause: .unknown,
                product: InventoryEvent.Product(
                    productID: "A", name: "Lamp", price: Money(amount: price, currency: "EUR"), available: 10,
                    reserved: 0,
                    lowStockThreshold: 1, isArchived: isArchived, metadata: isArchived ? Metadata(["k": "v"]) : nil,
                    updatedAt: Self.now)))
    }

    /// It is as it was last; what an earlier version's replica tells of its stock says nothing of what that version does not know.
    @Test func aProductIsAsItWasLast() async throws {
        try await withDatabase(SQLiteInventoryMigrations.all) { database in
            let rebuild = try await StockRebuild(database)
            let events = [
                told(.productAdded(quantity: 10), price: 5),
                told(.productChanged(members: ["price", "metadata", "archived"]), price: 7, isArchived: true),
                told(.stockReplenished(quantity: 1), price: 7), told(.stockTaken(quantity: 11), price: 7),
            ]
            #expect(try await rebuild.add(events).refused.isEmpty)
            #expect(try await rebuild.finish().isEmpty)
            let store = SQLiteInventoryStore(database)
            let product = try #require(try await store.product("A"))
            #expect(product.price.amount == 7 && product.isArchived && product.metadata == Metadata(["k": "v"]))
            let out = try await store.products(ProductFilter(status: .outOfStock), Page(limit: 10, after: nil))
            #expect(out.items.map(\.item) == [product])
            #expect(try await rebuild.add([told(.productChanged(members: ["archived"]), price: 7)]).refused.isEmpty)
            #expect(try await rebuild.finish().isEmpty)
            #expect(try await store.product("A")?.isArchived == false)
        }
    }

    /// What the live service refuses moves nothing here either.
    @Test func whatCannotHaveHappenedDoesNotCount() async throws {
        try await withDatabase(SQLiteInventoryMigrations.all) { database in
            let rebuild = try await StockRebuild(database)
            let product = InventoryEvent.Product(
                productID: "A", name: "Lamp", price: Self.price, available: 10, reserved: 0, lowStockThreshold: 1,
                updatedAt: Self.now)
            let added = InventoryEvent(
                id: .time(), change: .productAdded(quantity: 10), time: Self.now, cause: .unknown, product: product)
            let (shipped, cancelled) = (Identifier.time(), Identifier.time())
            let honest = [
                .product(added), event(.confirmed, of: shipped, 2), event(.shipped, of: shipped, 2),
                event(.confirmed, of: cancelled, 3), event(.cancelled, of: cancelled, 3),
            ]
            #expect(try await rebuild.add(honest).refused.isEmpty)
            let forged = [
                event(.cancelled, of: shipped, 2), event(.shipped, of: cancelled, 3),
                event(.confirmed, of: cancelled, 3), event(.confirmed, of: shipped, 2),
            ]
            #expect(try await rebuild.add(forged).refused.map(\.index) == [0, 1])
            #expect(try await rebuild.finish().isEmpty)
            let stock = try #require(try await SQLiteInventoryStore(database).product("A"))
            #expect(stock.available == 8 && stock.reserved == 0)
        }
    }
}
