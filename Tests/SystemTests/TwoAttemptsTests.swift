import EventLog
import Foundation
import TestBroker
import Testing

/// Two attempts at one order at the same time: one order or none, never two, and no stock is lost or left held.
@Suite(.serialized, .enabled(if: TestBroker.isAvailable, "needs Kafka: set KAFKA_HOME"))
struct TwoAttemptsTests {
    private static let pairs = 50

    /// Of each pair one attempt's answer from inventory is held back, until after its stock was reclaimed: both attempts
    /// give up, or the other one is confirmed, or one that comes after them is.
    @Test func onePairOneOrderOrNone() async throws {
        try await withShop(.kafka, isProxied: true) { shop, _ in
            let proxy = try #require(shop.proxy)
            let (caller, url) = (shop.caller, shop.order + "/orders")
            let body = Shop.orderBody([("PROD-005", 1)])
            // Some of the calls that carry the pairs are held, others pass: four fly at once.
            proxy.hold(.answers, atMost: 2)
            let replies = try await withThrowingTaskGroup(of: (Int, Reply).self) { group in
                for pair in 0..<Self.pairs {
                    for _ in 0..<2 {
                        group.addTask {
                            (
                                pair,
                                try await caller.call(
                                    "POST", url, body,
                                    headers: [
                                        ("content-type", "application/json"), ("idempotency-key", "pair \(pair)"),
                                    ])
                            )
                        }
                    }
                }
                return try await group.reduce(into: [Int: [Reply]]()) { $0[$1.0, default: []].append($1.1) }
            }
            #expect(proxy.held > 0)
            // The held ones have run into their deadline of two seconds; what they reserved is reclaimed behind their back.
            let begin = ContinuousClock.now
            try await eventually("nothing is held", within: .seconds(60)) {
                try await shop.count(
                    "inventory", "SELECT count(*) FROM open_batches o JOIN reservations r USING (batch_id)") == 0
            }
            print("two attempts: stock was held for \(ContinuousClock.now - begin) after the last answer")
            proxy.letGo()

            var orders: Set<String> = []
            for (pair, replies) in replies {
                #expect(replies.count == 2 && replies.allSatisfy { [201, 503].contains($0.status) })
                let confirmed = replies.filter { $0.status == 201 }
                #expect(Set(confirmed.map(\.text)).count <= 1, "two orders of pair \(pair)")
                if let id = confirmed.first?.string("order_id") { orders.insert(id) }
            }
            // Those who got a 503 come again, and then have the one order of their key.
            for pair in 0..<Self.pairs {
                let reply = try await Shop.insist(caller, shop.order, body, key: "pair \(pair)")
                let id = try #require(reply.string("order_id"))
                let isNew = orders.insert(id).inserted
                #expect(isNew == (replies[pair]?.contains { $0.status == 201 } != true))
            }
            #expect(orders.count == Self.pairs)
            try await shop.expectConsistent(orders: orders.sorted(), product: "PROD-005", start: 1_000)
        }
    }

    /// The answer is held back; when it comes the order was given up by another replica. One process owns a SQLite file,
    /// so the other's part, the row, is played by the test.
    @Test func anAttemptThatWakesUpTooLateConfirmsNothing() async throws {
        try await withShop(.kafka, isProxied: true) { shop, _ in
            let proxy = try #require(shop.proxy)
            let (caller, url) = (shop.caller, shop.order + "/orders")
            proxy.hold(.answers)
            async let late = caller.call("POST", url, Shop.orderBody([("PROD-005", 1)]))
            try await eventually("stock is held", within: .seconds(60)) { try await shop.reserved("PROD-005") == 1 }
            let id = try await shop.text("inventory", "SELECT hex(order_id) FROM reservations")
            try await change(
                shop.database("order"),
                """
                INSERT INTO orders (order_id, status, version, items, total, currency, reason, created_at, updated_at)
                VALUES (X'\(id)', 'rejected', 1, CAST('[]' AS BLOB), 0, 'USD', 'interrupted', 0, 0)
                """)
            proxy.letGo()
            let reply = try await late
            #expect(reply.status == 503)
            // The other where this machine was so slow that the attempt's two seconds were over.
            #expect(["order-interrupted", "inventory-unavailable"].contains { reply.text.contains("problems/\($0)") })
            try await eventually("the stock is given back", within: .seconds(60)) {
                try await shop.available("PROD-005") == 1_000
            }
            #expect(
                try await shop.count("order", "SELECT count(*) FROM orders WHERE status = 'confirmed'") == 0)
        }
    }

    /// A reserve call that comes after its order was given up is refused.
    @Test func aLateReserveOfAReleasedOrderIsRefused() async throws {
        try await withShop(.embedded) { shop in
            let order = UUID().uuidString.lowercased()
            let released = try await shop.caller.call(
                "POST", "/reservations/release", inside: shop.inside("inventory"), #"{"order_ids":["\#(order)"]}"#)
            #expect(released.status == 200)
            let late = try await shop.caller.call(
                "POST", "/reservations", inside: shop.inside("inventory"),
                """
                {"batch_id":"\(UUID().uuidString)","closed":[],
                 "reservations":[{"order_id":"\(order)","items":[{"product_id":"PROD-001","quantity":1}]}]}
                """)
            #expect(late.string("results.0.status") == "released")
            #expect(try await shop.available("PROD-001") == 100)
        }
    }
}
