import Causes
import Databases
import ExactText
import Identifiers
import InventoryAPI
import JSON
import Shop
import Testing

@testable import Inventory

/// What is told apart, and lists and their pages.
extension InventoryStoreContract {
    /// U+212A, the Kelvin sign, is K to Swift's String, and `A` with a ring above is Å.
    func whatSwiftTakesForTheSameProductIsAnother() async throws {
        let (plain, kelvin): (ProductID, ProductID) = ("SKU-1", "S\u{212a}U-1")
        let (one, two): (ProductID, ProductID) = ("\u{c5}-1", "A\u{30a}-1")
        try await add(plain, 1_000)
        let ids = (0..<4).map { _ in Identifier.time() }
        #expect(
            try await reserve(call([(ids[0], [(plain, 1), (kelvin, 2)]), (ids[1], [(plain, 1)])]))[0]
                == .unknownProducts([kelvin]))
        try await expect(plain, available: 999, reserved: 1)
        #expect(try await reserve(call([(ids[1], [(kelvin, 1)])])) == [.conflict(isSold: false)])
        #expect(try await store.product(kelvin) == nil)
        await #expect(throws: StockError.unknownProduct) {
            try await store.take(kelvin, quantity: 1, key: nil, cause: .unknown)
        }

        try await add(one, 10)
        try await add(two, 100)
        guard case .reserved(let items) = try await reserve(call([(ids[2], [(one, 1), (two, 5)])]))[0] else {
            Issue.record("both are there")
            return
        }
        #expect(items.map(\.productID) == [one, two] && items.map(\.quantity) == [1, 5])
        try await expect(one, available: 9, reserved: 1)
        try await expect(two, available: 95, reserved: 5)
        _ = try await store.replenish(two, by: 7, key: nil, cause: .unknown)
        _ = try await store.take(one, quantity: 2, key: nil, cause: .unknown)
        try await store.release([ids[2]], cause: .unknown)
        try await expect(one, available: 8, reserved: 0)
        try await expect(two, available: 107, reserved: 0)

        // One transaction for customers of both kinds: the honest ones get what is there.
        let orders = (0..<16).map { (Identifier.time(), [($0 % 2 == 0 ? plain : kelvin, Int64(1))]) }
        let outcomes = try await store.reserve(orders.map { call([$0]) }, causes: orders.map { _ in .unknown })
        for (index, outcome) in outcomes.map({ $0[0] }).enumerated() {
            if index % 2 == 1 {
                #expect(outcome == .unknownProducts([kelvin]))
            } else if case .reserved(let items) = outcome {
                #expect(items.map(\.productID) == [plain])
            } else {
                Issue.record("an honest order: \(outcome)")
            }
        }
        try await expect(plain, available: 991, reserved: 9)
    }

    func lists() async throws {
        for id: ProductID in ["list-1", "list-2", "list-3"] { try await add(id, 1) }
        let newest = try await store.products(Page(limit: 2, after: nil))
        #expect(newest.hasMore && newest.items.map(\.item.productID) == ["list-3", "list-2"])
        let next = try await store.products(Page(limit: 200, after: newest.items.last?.position))
        #expect(!next.hasMore && next.items.first?.item.productID == "list-1")
    }

    /// However many are asked for: a page has so many bytes, and one item at least.
    func pagesEndByBytes() async throws {
        for id: ProductID in ["page-1", "page-2", "page-3"] { try await add(id, 1) }
        var page = Page(limit: 200, after: nil)
        page.maximumBytes = 100
        var products: [ProductID] = []
        repeat {
            let rows = try await store.products(page)
            #expect(rows.items.count == 1)
            products += rows.items.map(\.item.productID)
            page.after = rows.hasMore ? rows.items.last?.position : nil
        } while page.after != nil && products.count < 1_000
        let all = try await store.products(Page(limit: 200, after: nil))
        #expect(products == all.items.map(\.item.productID))

        let metadata = (0..<Metadata.mostEntries).map { number in
            #""\#(number)":"\#(String(repeating: "ü", count: Metadata.valueLimit))""#
        }.joined(separator: ",")
        for number in 0..<6 {
            let new = NewProduct(
                productID: "large-\(number)", name: "a", price: Money(amount: 7, currency: "EUR"), quantity: 1,
                lowStockThreshold: 2, metadata: try JSON.read(Array("{\(metadata)}".utf8), Metadata.read))
            #expect(try await store.add(new, cause: .unknown) != nil)
        }
        var largePage = Page(limit: 200, after: nil)
        largePage.maximumBytes = 200_000
        let large = try await store.products(largePage)
        #expect(large.hasMore && large.items.count == 3, "\(large.items.count) of 50 kB")

        try await add("long", 10)
        let orders = (0..<3).map { _ in Identifier.time() }
        let batch = Identifier.time()
        _ = try await reserve(call(batch: batch, orders.map { ($0, [("long", 1)]) }))
        var seen: [Identifier] = []
        repeat {
            let rows = try await store.reservations(openFor: 0, page)
            #expect(rows.items.count == 1)
            seen += rows.items.map(\.item.orderID)
            page.after = rows.hasMore ? rows.items.last?.position : nil
        } while page.after != nil && seen.count < 1_000
        #expect(seen.filter(orders.contains) == orders)
        try await store.close([batch])
    }
}
