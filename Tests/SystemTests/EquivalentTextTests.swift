import Foundation
import Testing

/// Text that is equal to Swift and to nobody else: U+212A (Kelvin) is K to it, `A` with a ring above is Å.
@Suite struct EquivalentTextTests {
    @Test func anOrderIsForTheProductThatItsBytesName() async throws {
        try await withShop(.embedded) { shop in
            try await shop.addProduct("SKU-1", quantity: 100)
            let kelvin = try await shop.place([("SKU-1", 1), (#"S\u212aU-1"#, 2)])
            #expect(kelvin.status == 422, "\(kelvin.text)")
            #expect(kelvin.string("errors.0.field") == "items[1].product_id" && kelvin.list("errors").count == 1)
            #expect(try await shop.available("SKU-1") == 100)

            try await shop.addProduct(#"\u00c5-1"#, quantity: 10, price: 1)
            try await shop.addProduct(#"A\u030a-1"#, quantity: 10, price: 1_000_000)
            let both = try await shop.place([(#"\u00c5-1"#, 1), (#"A\u030a-1"#, 5)])
            #expect(both.status == 201 && both.int("total.amount") == 5_000_001, "\(both.text)")
            #expect(try await shop.available("%C3%85-1") == 9)
            #expect(try await shop.available("A%CC%8A-1") == 5)
            try await shop.audit()
        }
    }

    /// Eight customers order what there is, and eight what there is not, at once.
    @Test func honestOrdersAreTakenAndOthersAreNot() async throws {
        try await withShop(.embedded) { shop in
            for number in 0..<8 { try await shop.addProduct("SKU-\(number)", quantity: 1_000) }
            let (caller, url) = (shop.caller, shop.order + "/orders")
            let replies = try await withThrowingTaskGroup(of: (isHonest: Bool, status: Int).self) { group in
                for customer in 0..<16 {
                    let isHonest = customer < 8
                    let id = (isHonest ? "SKU-" : #"S\u212aU-"#) + "\(customer % 8)"
                    group.addTask {
                        var statuses: Set<Int> = []
                        for _ in 0..<25 {
                            statuses.insert(try await caller.call("POST", url, Shop.orderBody([(id, 1)])).status)
                        }
                        return (isHonest, statuses.count == 1 ? statuses.first ?? 0 : 0)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            for reply in replies { #expect(reply.status == (reply.isHonest ? 201 : 422)) }
            for number in 0..<8 { #expect(try await shop.reserved("SKU-\(number)") == 25) }
        }
    }
}
