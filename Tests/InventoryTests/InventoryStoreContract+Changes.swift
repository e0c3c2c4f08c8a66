import Causes
import Databases
import Events
import ExactText
import Identifiers
import InventoryAPI
import Outbox
import Shop
import Testing
import Timestamps

@testable import Inventory

/// Products that become otherwise.
extension InventoryStoreContract {
    private func told(since: Int) async throws -> [InventoryEvent] {
        try await outbox.pending(limit: 10_000).dropFirst(since).map { try InventoryEvent($0.event.event) }
    }

    private func orderEvent(_ kind: OrderEvent.Kind, _ order: Identifier) -> OrderEvent {
        let now = Timestamp.now()
        return OrderEvent(
            id: .time(), kind: kind, time: now, cause: .unknown,
            order: OrderEvent.Order(
                orderID: order, status: kind.status, customer: nil, items: [], total: Money(amount: 0, currency: "EUR"),
                createdAt: now, updatedAt: now, reason: nil))
    }

    func changesWhatAProductIs() async throws {
        try await add("CHANGES", 5)
        let before = try await outbox.pending(limit: 10_000).count
        let change = ProductChange(
            name: "Other", price: Money(amount: 8, currency: "USD"), lowStockThreshold: 5,
            metadata: .init(entries: ["supplier": "ACME \u{1F381}", "shelf": ""]))
        let caller = try #require(CallerName("warehouse"))
        let changed = try await store.change("CHANGES", by: change, cause: Cause(caller: caller))
        #expect(changed.isChanged)
        let product = try #require(try await store.product("CHANGES"))
        #expect(product == changed.product)
        #expect(product.name == "Other" && product.price == Money(amount: 8, currency: "USD"))
        #expect(product.metadata == Metadata(["supplier": "ACME \u{1F381}", "shelf": ""]) && product.available == 5)
        // The new threshold makes it low; both are told, in their order, with all that it is now.
        let events = try await told(since: before)
        #expect(
            events.map(\.change) == [
                .productChanged(members: ["name", "price", "low_stock_threshold", "metadata"]),
                .stockStatusChanged(from: .inStock),
            ])
        #expect(events.allSatisfy { $0.product == InventoryEvent.Product(product) && $0.cause.caller == caller })
        // An order that was reserved keeps its price, and a new one has the new one.
        guard case .reserved(let items) = try await reserve(call([(.time(), [("CHANGES", 1)])]))[0] else {
            Issue.record("it can be ordered")
            return
        }
        #expect(items[0].name == "Other" && items[0].unitPrice == Money(amount: 8, currency: "USD"))
        let next = ProductChange(price: Money(amount: 9, currency: "USD"), metadata: .init(entries: ["shelf": nil]))
        let again = try await store.change("CHANGES", by: next, cause: .unknown).product
        #expect(
            again.metadata == Metadata(["supplier": "ACME \u{1F381}"]) && again.available == 4 && again.reserved == 1)
        await #expect(throws: StockError.unknownProduct) {
            try await store.change("CHANGED", by: change, cause: .unknown)
        }
    }

    func aChangeOfNothingIsNone() async throws {
        try await add("STAYS", 5)
        let product = try #require(try await store.product("STAYS"))
        let before = try await outbox.pending(limit: 10_000).count
        let same = ProductChange(
            name: product.name, price: product.price, lowStockThreshold: 2, metadata: .init(entries: ["absent": nil]),
            isArchived: false)
        for change in [ProductChange(), same] {
            let changed = try await store.change("STAYS", by: change, cause: .unknown)
            #expect(!changed.isChanged && changed.product == product)
        }
        #expect(try await store.product("STAYS") == product)
        #expect(try await events(since: before) == [])
    }

    func whatIsArchivedCannotBeOrdered() async throws {
        try await add("ARCHIVED", 5)
        let (shipped, cancelled) = (Identifier.time(), Identifier.time())
        let batch = Identifier.time()
        let first = call(batch: batch, [(shipped, [("ARCHIVED", 1)]), (cancelled, [("ARCHIVED", 2)])])
        let outcomes = try await reserve(first)
        _ = try await store.change("ARCHIVED", by: ProductChange(isArchived: true), cause: .unknown)
        #expect(try await reserve(call([(.time(), [("ARCHIVED", 1)])])) == [.archivedProducts(["ARCHIVED"])])
        // A repeat gets its first answer, what is reserved goes its way, and stock is added and taken.
        #expect(try await reserve(first) == outcomes)
        try await store.close([batch])
        try await store.apply([orderEvent(.shipped, shipped), orderEvent(.cancelled, cancelled)])
        try await expect("ARCHIVED", available: 4, reserved: 0)
        _ = try await store.replenish("ARCHIVED", by: 3, key: nil, cause: .unknown)
        _ = try await store.take("ARCHIVED", quantity: 2, key: nil, cause: .unknown)
        try await expect("ARCHIVED", available: 5, reserved: 0)
        _ = try await store.change("ARCHIVED", by: ProductChange(isArchived: false), cause: .unknown)
        guard case .reserved = try await reserve(call([(.time(), [("ARCHIVED", 1)])]))[0] else {
            Issue.record("it is back")
            return
        }
    }

    func nobodyIsToldOfArchivedStock() async throws {
        try await add("QUIET", 5)
        let levels = try await store.levels()
        _ = try await store.change("QUIET", by: ProductChange(isArchived: true), cause: .unknown)
        #expect(try await store.levels()[.inStock] == levels[.inStock].map { $0 - 1 })
        let before = try await outbox.pending(limit: 10_000).count
        _ = try await store.take("QUIET", quantity: 5, key: nil, cause: .unknown)
        #expect(try await events(since: before) == ["orderlog.StockTaken.v1"])
        _ = try await store.change("QUIET", by: ProductChange(isArchived: false), cause: .unknown)
        let back = try #require(try await told(since: before).last)
        #expect(back.change == .productChanged(members: ["archived"]))
        #expect(back.product.status == .outOfStock && !back.product.isArchived)
        #expect(try await store.levels()[.outOfStock] == levels[.outOfStock, default: 0] + 1)
    }

    func listsByFilter() async throws {
        let ids: [ProductID] = ["FILTER-out", "FILTER-low", "FILTER-in", "FILTER-gone"]
        for (id, quantity) in zip(ids, [0, 1, 5, 1]) { try await add(id, Int64(quantity)) }
        _ = try await store.change("FILTER-gone", by: ProductChange(isArchived: true), cause: .unknown)
        func listed(_ filter: ProductFilter) async throws -> [ProductID] {
            var page = Page(limit: 1, after: nil)
            var found: [ProductID] = []
            repeat {
                let list = try await store.products(filter, page)
                found += list.items.map(\.item.productID)
                page.after = list.hasMore ? list.items.last?.position : nil
            } while page.after != nil && found.count < 1_000
            return found.filter(ids.contains)
        }
        #expect(try await listed(ProductFilter()) == ids.reversed())
        #expect(try await listed(ProductFilter(isArchived: false)) == ["FILTER-in", "FILTER-low", "FILTER-out"])
        #expect(try await listed(ProductFilter(isArchived: true)) == ["FILTER-gone"])
        #expect(try await listed(ProductFilter(status: .lowStock)) == ["FILTER-gone", "FILTER-low"])
        #expect(try await listed(ProductFilter(isArchived: false, status: .lowStock)) == ["FILTER-low"])
        #expect(try await listed(ProductFilter(isArchived: true, status: .inStock)) == [])
        // A status follows the stock, whoever moves it.
        _ = try await reserve(call([(.time(), [("FILTER-in", 4), ("FILTER-low", 1)])]))
        #expect(try await listed(ProductFilter(status: .inStock)) == [])
        #expect(try await listed(ProductFilter(isArchived: false, status: .lowStock)) == ["FILTER-in"])
        #expect(
            try await listed(ProductFilter(isArchived: false, status: .outOfStock)) == ["FILTER-low", "FILTER-out"])
    }
}
