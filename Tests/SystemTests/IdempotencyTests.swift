import Foundation
import HTTPClient
import Testing

/// A request that is sent again with its Idempotency-Key changes nothing twice.
@Suite struct IdempotencyTests {
    @Test(arguments: Shop.Log.available) func aRepeatGetsTheFirstAnswer(_ log: Shop.Log) async throws {
        try await withShop(log) { shop in
            let first = try await shop.place([("PROD-001", 2)], key: "cart-17")
            #expect(first.status == 201 && first.header("idempotent-replayed") == nil)
            let again = try await shop.place([("PROD-001", 2)], key: "cart-17")
            #expect(again.status == 201 && again.header("idempotent-replayed") == "true")
            #expect(again.response.body == first.response.body)
            #expect(again.header("location") == first.header("location"))

            let id = try #require(first.string("order_id"))
            #expect(try await shop.caller.call("POST", shop.order + "/orders/\(id)/ship").status == 200)
            try await shop.killAll()
            try await shop.start()
            // Inventory is needed no more, and what became of the order since does not show.
            if log == .kafka { try await #require(shop.processes["inventory"]).killNow() }
            let late = try await shop.place([("PROD-001", 2)], key: "cart-17")
            #expect(late.status == 201 && late.response.body == first.response.body)
            #expect(late.header("idempotent-replayed") == "true")

            for body in [[("PROD-001", 3)], [("PROD-002", 2)]] where log == .embedded {
                let reused = try await shop.place(body, key: "cart-17")
                #expect(reused.status == 422)
                #expect(reused.string("type") == "/problems/idempotency-key-reused")
            }
            #expect(try await shop.caller.call("GET", shop.order + "/orders").list("orders").count == 1)
            _ = try await shop.notifications(of: id, count: 4)
        }
    }

    /// A move needs no key, and looks at none: repeated, it changes nothing and gets the same answer.
    @Test func aMoveIsRepeatedUnderAnyKey() async throws {
        try await withShop(.embedded) { shop in
            let id = try #require(try await shop.place([("PROD-001", 2)]).string("order_id"))
            var answers: [[UInt8]] = []
            for key in ["a", "a", "b", String(repeating: "x", count: 300)] {
                let reply = try await shop.caller.call(
                    "POST", shop.order + "/orders/\(id)/ship", headers: [(name: "idempotency-key", value: key)])
                #expect(reply.status == 200, "\(reply.text)")
                answers.append(reply.response.body)
            }
            #expect(Set(answers).count == 1)
            _ = try await shop.notifications(of: id, count: 4)
        }
    }

    /// Another customer under the same key: the reservation is the same, the request is not.
    @Test func theWholeRequestCounts() async throws {
        try await withShop(.embedded) { (shop) async throws in
            #expect(try await shop.place([("PROD-001", 1)], email: "one@example.com", key: "k").status == 201)
            #expect(try await shop.place([("PROD-001", 1)], email: "two@example.com", key: "k").status == 422)
            #expect(try await shop.available("PROD-001") == 99)
        }
    }

    @Test func withoutAKeyEachIsANewOrder() async throws {
        try await withShop(.embedded) { (shop) async throws in
            let ids = [
                try await shop.placeOnce([("PROD-001", 1)]).string("order_id"),
                try await shop.placeOnce([("PROD-001", 1)]).string("order_id"),
            ]
            #expect(ids[0] != ids[1])
            #expect(try await shop.available("PROD-001") == 98)
        }
    }

    /// The repeats come while the first is still running, and the first takes the last piece.
    @Test func atTheSameTimeForTheLastPiece() async throws {
        try await withShop(.embedded) { (shop) async throws in
            try await shop.addProduct("LAST", quantity: 1)
            let (caller, url) = (shop.caller, shop.order)
            let bodies = try await withThrowingTaskGroup(of: Reply.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        try await Shop.order(caller, url, Shop.orderBody([("LAST", 1)]), key: "last piece")
                    }
                }
                return try await group.reduce(into: [Reply]()) { $0.append($1) }
            }
            #expect(bodies.allSatisfy { $0.status == 201 })
            #expect(Set(bodies.map(\.text)).count == 1)
            // None, where the first answer came too late on a busy machine.
            #expect(bodies.count { $0.header("idempotent-replayed") == nil } <= 1)
            #expect(try await shop.available("LAST") == 0)
            #expect(try await shop.reserved("LAST") == 1)
        }
    }

    @Test func aRefusalIsNotRemembered() async throws {
        try await withShop(.embedded) { (shop) async throws in
            try await shop.addProduct("SOON", quantity: 0)
            #expect(try await shop.place([("SOON", 1)], key: "k").status == 409)
            _ = try await shop.caller.call("PUT", shop.inventory + "/inventory/SOON/replenish", #"{"quantity":1}"#)
            #expect(try await shop.place([("SOON", 1)], key: "k").status == 201)
        }
    }

    @Test func stockChangedByHandAndNotices() async throws {
        try await withShop(.embedded) { (shop) async throws in
            func call(_ method: String, _ url: String, _ body: String, key: String) async throws -> Reply {
                try await shop.caller.call(
                    method, url, body, headers: [("content-type", "application/json"), ("Idempotency-Key", key)])
            }
            for (path, available) in [("replenish", 105), ("reserve", 100)] {
                let url = shop.inventory + "/inventory/PROD-001/\(path)"
                let first = try await call("PUT", url, #"{"quantity":5}"#, key: "delivery \(path)")
                #expect(first.int("available") == available)
                let again = try await call("PUT", url, #"{"quantity":5}"#, key: "delivery \(path)")
                #expect(again.text == first.text && again.header("idempotent-replayed") == "true")
                #expect(try await call("PUT", url, #"{"quantity":6}"#, key: "delivery \(path)").status == 422)
                #expect(try await shop.available("PROD-001") == available)
            }
            let order = UUID().uuidString.lowercased()
            let notice =
                #"{"order_id":"\#(order)","type":"custom","recipient":{"email":"ada@example.com"},"message":"Hello"}"#
            let first = try await call("POST", shop.notification + "/notify", notice, key: "n")
            let again = try await call("POST", shop.notification + "/notify", notice, key: "n")
            #expect(first.status == 201 && again.status == 201 && again.text == first.text)
            #expect(again.header("idempotent-replayed") == "true")
            _ = try await shop.notifications(of: order, count: 1)
        }
    }

    /// White space, the order of members, escapes, the spelling of numbers, and members with nothing in them.
    @Test func theSameValuesAreTheSameRequest() async throws {
        try await withShop(.embedded) { (shop) async throws in
            func call(_ method: String, _ url: String, _ body: String, key: String) async throws -> Reply {
                try await shop.caller.call(
                    method, url, body, headers: [("content-type", "application/json"), ("Idempotency-Key", key)])
            }
            func expect(
                _ method: String, _ url: String, _ first: String, same: [String], other: [String]
            ) async throws -> Reply {
                let answer = try await call(method, url, first, key: url)
                #expect([200, 201].contains(answer.status), "\(answer.text)")
                for body in same {
                    let again = try await call(method, url, body, key: url)
                    #expect(again.text == answer.text && again.header("idempotent-replayed") == "true", "\(body)")
                }
                for body in other {
                    let refused = try await call(method, url, body, key: url)
                    #expect(refused.status == 422 && refused.text.contains("idempotency-key-reused"), "\(body)")
                }
                return answer
            }
            let (one, two) = (#"{"product_id":"PROD-001","quantity":1}"#, #"{"product_id":"PROD-002","quantity":2}"#)
            let customer = #""customer":{"name":"Ada","email":"ada@example.com"}"#
            let order = try await expect(
                "POST", shop.order + "/orders", "{\(customer),\"items\":[\(one),\(two)]}",
                same: [
                    "\n{ \"items\" : [ \(one) ,\t\(two) ],\(customer) }\n",
                    #"{"customer":{"email":"\u0061da@example.com","name":"\u0041da","phone":null},"items":[\#(one),\#(two)]}"#,
                    #"{\#(customer),"items":[{"quantity":1.0,"product_id":"PROD-001"},\#(two)]}"#,
                    #"{\#(customer),"items":[\#(one),{"product_id":"PROD-002","quantity":2e0}],"note":" ","metadata":{}}"#,
                    // Lines of one product are one line.
                    #"{\#(customer),"items":[\#(one),{"product_id":"PROD-002","quantity":1},{"product_id":"PROD-002","quantity":1}]}"#,
                ],
                other: [
                    "{\(customer),\"items\":[\(two),\(one)]}", "{\(customer),\"items\":[\(one)]}",
                    "{\(customer),\"items\":[\(one),\(two)],\"note\":\"x\"}",
                    "{\"customer\":{\"name\":\"ada\",\"email\":\"ada@example.com\"},\"items\":[\(one),\(two)]}",
                    #"{"customer":{"name":"Ada","email":"ada@example.com","phone":"+44 20 7946 0000"},"items":[\#(one),\#(two)]}"#,
                ])
            _ = try await expect(
                "PUT", shop.inventory + "/inventory/PROD-003/replenish", #"{"quantity":5}"#,
                same: [#" {"quantity" : 5.0}"#], other: [#"{"quantity":6}"#])
            _ = try await expect(
                "PUT", shop.inventory + "/inventory/PROD-003/reserve", #"{"quantity":5}"#,
                same: [#"{"quantity":0.5e1}"#], other: [#"{"quantity":6}"#])
            let id = UUID().uuidString.lowercased()
            _ = try await expect(
                "POST", shop.notification + "/notify",
                #"{"order_id":"\#(id)","type":"custom","recipient":{"email":"ada@example.com"},"message":"Hello"}"#,
                same: [
                    #"{"message":"Hell\u006f","recipient":{"phone":null,"email":"ada@example.com"},"type":"custom","order_id":"\#(id.uppercased())"}"#
                ],
                other: [
                    #"{"order_id":"\#(id)","type":"custom","recipient":{"email":"bob@example.com"},"message":"Hello"}"#
                ])
            _ = try await shop.notifications(of: id, count: 1)
            _ = try await shop.notifications(of: try #require(order.string("order_id")), count: 1)
        }
    }

    @Test func aQuotedKeyIsTheBareOne() async throws {
        try await withShop(.embedded) { (shop) async throws in
            let first = try await shop.place([("PROD-001", 1)], key: #""K""#)
            #expect(first.status == 201)
            for key in ["K", #""K""#, #""K";v=1"#] {
                let again = try await shop.place([("PROD-001", 1)], key: key)
                #expect(again.text == first.text && again.header("idempotent-replayed") == "true", "\(key)")
            }
            let url = shop.inventory + "/inventory/PROD-002/replenish"
            for (index, key) in ["D", #""D""#, "D", #""D"; v"#].enumerated() {
                let reply = try await shop.caller.call(
                    "PUT", url, #"{"quantity":5}"#,
                    headers: [("content-type", "application/json"), ("idempotency-key", key)])
                #expect((reply.header("idempotent-replayed") == "true") == (index > 0), "\(key)")
            }
            _ = try await shop.notifications(of: try #require(first.string("order_id")), count: 2)
        }
    }

    @Test func whatIsNoKeyIsRefused() async throws {
        try await withShop(.embedded) { (shop) async throws in
            for key in [
                "", String(repeating: "k", count: 256), "schlüssel", "\"", "\"\"", "\"K", "\"K\" L", "\"K\\x\"",
                "\"K\", \"L\"",
            ] {
                let reply = try await shop.place([("PROD-001", 1)], key: key)
                #expect(reply.status == 400, "\(key): \(reply.text)")
                #expect(reply.string("type") == "/problems/invalid-idempotency-key")
            }
            #expect(try await shop.available("PROD-001") == 100)
        }
    }
}
