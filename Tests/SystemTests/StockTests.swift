import Testing

/// Nobody sells what isn't there.
@Suite struct StockTests {
    @Test func theLastItemIsSoldOnce() async throws {
        try await withShop(.embedded) { shop in
            try await shop.addProduct("LAST", quantity: 1)
            let (caller, url) = (shop.caller, shop.order)
            async let one = Shop.order(caller, url, Shop.orderBody([("LAST", 1)]))
            async let other = Shop.order(caller, url, Shop.orderBody([("LAST", 1)]))
            let replies = try await [one, other]
            #expect(replies.map(\.status).sorted() == [201, 409])
            let refused = try #require(replies.first { $0.status == 409 })
            #expect(refused.string("shortages.0.product_id") == "LAST")
            #expect(refused.int("shortages.0.requested") == 1)
            #expect(refused.int("shortages.0.available") == 0)
            #expect(try await shop.available("LAST") == 0)
        }
    }

    @Test func aHundredCustomersGetTheTenThatAreThere() async throws {
        try await withShop(.embedded) { shop in
            try await shop.addProduct("TEN", quantity: 10)
            let caller = shop.caller
            let url = shop.order
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        try await Shop.order(
                            caller, url, Shop.orderBody([("TEN", 1)], email: "customer\(number)@example.com")
                        ).status
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.count { $0 == 201 } == 10)
            #expect(statuses.count { $0 == 409 } == 90)
            #expect(try await shop.available("TEN") == 0)
            #expect(try await shop.reserved("TEN") == 10)
        }
    }

    @Test func anOrderGetsAllOrNothing() async throws {
        try await withShop(.embedded) { shop in
            try await shop.addProduct("FEW", quantity: 1)
            let reply = try await shop.place([("PROD-004", 1), ("FEW", 2)])
            #expect(reply.status == 409)
            #expect(reply.list("shortages").count == 1)
            #expect(try await shop.available("PROD-004") == 80)
            #expect(try await shop.available("FEW") == 1)
        }
    }

    @Test func linesThatRepeatAProductAddUp() async throws {
        try await withShop(.embedded) { shop in
            let reply = try await shop.place([("PROD-005", 2), ("PROD-001", 1), ("PROD-005", 3)])
            #expect(reply.status == 201)
            #expect(reply.list("items").count == 2)
            #expect(reply.int("items.0.quantity") == 5)
            #expect(try await shop.available("PROD-005") == 995)
        }
    }

    @Test func statusFollowsTheStock() async throws {
        try await withShop(.embedded) { shop in
            try await shop.addProduct("STATUS", quantity: 12)
            let url = shop.inventory + "/inventory/STATUS"
            func status() async throws -> String? {
                try await shop.caller.call("GET", url + "/status").string("status")
            }
            func put(_ what: String, _ quantity: Int) async throws -> Int {
                try await shop.caller.call("PUT", url + "/\(what)", #"{"quantity":\#(quantity)}"#).status
            }
            #expect(try await status() == "in_stock")
            #expect(try await put("reserve", 2) == 200)
            #expect(try await status() == "low_stock")
            #expect(try await put("reserve", 10) == 200)
            #expect(try await status() == "out_of_stock")
            #expect(try await put("reserve", 1) == 409)
            #expect(try await put("replenish", 11) == 200)
            #expect(try await status() == "in_stock")
        }
    }

    /// What a dead order service leaves behind: reserved, and never confirmed.
    @Test func stockThatWasHeldAndNeverConfirmedIsGivenBack() async throws {
        try await withShop(.embedded) { shop in
            let order = "0190f0f0-0000-7000-8000-00000000abcd"
            let reply = try await shop.caller.call(
                "POST", "/reservations", inside: shop.inside("inventory"),
                """
                {"batch_id":"0190f0f0-0000-7000-8000-00000000dcba","closed":[],"reservations":[
                  {"order_id":"\(order)","items":[{"product_id":"PROD-001","quantity":7}]}]}
                """)
            #expect(reply.string("results.0.status") == "reserved", "\(reply.text)")
            #expect(try await shop.reserved("PROD-001") == 7)
            try await eventually("reclaiming", within: .seconds(60)) {
                let reservation = try await shop.caller.call(
                    "GET", "/reservations/\(order)", inside: shop.inside("inventory"))
                return reservation.string("state") == "released"
            }
            #expect(try await shop.available("PROD-001") == 100)
            #expect(try await shop.reserved("PROD-001") == 0)
            let rejected = try await shop.caller.call("GET", shop.order + "/orders/\(order)")
            #expect(rejected.string("status") == "rejected")
            #expect(rejected.string("reason") == "interrupted")
            // Nobody is told, for nobody is known.
            try await eventually("OrderRejected", within: .seconds(60)) {
                try await shop.events(of: order).count == 1
            }
            // Last of all its batch is closed.
            try await eventually("the batch is closed", within: .seconds(60)) {
                let batches = try await shop.caller.call(
                    "GET", "/reservations?open_for=0", inside: shop.inside("inventory"))
                return batches.status == 200 && batches.list("reservations").isEmpty
            }
        }
    }
}
