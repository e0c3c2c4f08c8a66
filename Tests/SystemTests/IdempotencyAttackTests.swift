import Crypto
import Foundation
import Identifiers
import SQLite
import Testing
import Timestamps

@testable import Idempotency

/// Who guesses an Idempotency-Key, or got hold of ids beforehand, learns nothing and stops nothing.
@Suite struct IdempotencyAttackTests {
    /// 2,000 keys as people choose them.
    private static let commonKeys: [String] = {
        let words = ["order", "cart", "test", "key", "abc", "foo", "payment", "checkout", "retry", "idem"]
        let numbers = (0..<1_000).map(String.init)
        let pairs = words.flatMap { word in (0..<99).map { "\(word)-\($0)" } }
        return numbers + pairs + words
    }()

    private static func key(_ header: String, route: String = "POST /orders") throws -> IdempotencyKey {
        try #require(
            IdempotencyKey(
                header: header, route: route,
                request: RequestFingerprint(method: "POST", path: "/orders", body: [], route: route, values: nil)))
    }

    /// The ids that a key will have: as somebody would know them who has the database's secret.
    private static func stolenIDs(of header: String, _ shop: Shop) async throws -> [Identifier] {
        let hex = Array(try await shop.text("order", "SELECT hex(secret) FROM key_secret").utf8)
        let bytes = stride(from: 0, to: hex.count, by: 2).compactMap {
            UInt8(String(decoding: hex[$0..<$0 + 2], as: UTF8.self), radix: 16)
        }
        let secret = try #require(KeySecret(bytes, madeAt: .now()))
        return try (0..<3).map { secret.identifier(of: try key(header), attempt: $0) }
    }

    private static func reserve(
        _ ids: [Identifier], _ quantity: Int, in shop: Shop, batch: Identifier = .time()
    ) async throws {
        let reservations = ids.map {
            #"{"order_id":"\#($0)","items":[{"product_id":"PROD-001","quantity":\#(quantity)}]}"#
        }
        let reply = try await shop.caller.call(
            "POST", "/reservations", inside: shop.inside("inventory"),
            #"{"batch_id":"\#(batch)","closed":[],"reservations":[\#(reservations.joined(separator: ","))]}"#)
        #expect(reply.status == 200, "\(reply.text)")
    }

    private static func expectOneOrder(of key: String, _ shop: Shop) async throws {
        let first = try await shop.place([("PROD-001", 1)], key: key)
        #expect(first.status == 201 && first.header("idempotent-replayed") == nil, "\(key): \(first.text)")
        let again = try await shop.place([("PROD-001", 1)], key: key)
        #expect(again.text == first.text && again.header("idempotent-replayed") == "true", "\(key)")
        _ = try await shop.notifications(of: try #require(first.string("order_id")), count: 2)
    }

    @Test func guess() async throws {
        try await withShop(.embedded) { shop in
            var planted: [String] = []
            for key in ["1", "7", "42", "test-1", "order-17", "cart-3", "abc"] {
                planted.append(try #require(try await shop.place([("PROD-001", 1)], key: key).string("order_id")))
            }
            #expect(Self.commonKeys.count == 2_000)
            // By the rule of earlier versions, by the bare key, and by today's rule with a secret of zeroes.
            let zeroes = try #require(KeySecret([UInt8](repeating: 0, count: 32), madeAt: .now()))
            for text in Self.commonKeys {
                let key = try Self.key(text)
                for id in [
                    key.formerIdentifier(), .hashed(SHA256.hash(Array(text.utf8))),
                    zeroes.identifier(of: key, attempt: 0),
                ] {
                    guard planted.contains(id.description) else { continue }
                    Issue.record("\(text) gives away an order")
                }
            }
            for text in Self.commonKeys.prefix(50) {
                let id = try Self.key(text).formerIdentifier()
                #expect(try await shop.caller.call("GET", shop.order + "/orders/\(id)").status == 404)
            }
            // Under a key that was guessed another request is refused, and told nothing of the first.
            let reply = try await shop.caller.call(
                "POST", shop.order + "/orders", Shop.orderBody([("PROD-001", 1)], email: "mallory@example.com"),
                headers: [("content-type", "application/json"), ("idempotency-key", "42")])
            #expect(reply.status == 422)
            for word in ["Ada", "ada@example.com", "7946"] + planted { #expect(!reply.text.contains(word)) }
        }
    }

    /// Ids of keys that nobody used yet are reserved at the inside door, by whoever reaches it.
    @Test func squat() async throws {
        try await withShop(.embedded) { shop in
            let former = try (0..<3).map { try Self.key("former").formerIdentifier(attempt: $0) }
            try await Self.reserve(former, 2, in: shop)
            let stolen = try await Self.stolenIDs(of: "stolen", shop)
            try await Self.reserve([stolen[0]], 2, in: shop)
            let same = try await Self.stolenIDs(of: "same", shop)
            let batch = Identifier.time()
            try await Self.reserve([same[0]], 1, in: shop, batch: batch)
            try await Self.reserve([same[1]], 9, in: shop)
            for key in ["former", "same"] { try await Self.expectOneOrder(of: key, shop) }

            // Nobody's order is ever held for long: then the ids are given up, and the keys as good as before.
            try await eventually("what was squatted is given back", within: .seconds(30)) {
                try await shop.available("PROD-001") == 98
            }
            for key in ["former", "same", "stolen"] {
                let reply = try await shop.place([("PROD-001", 1)], key: key)
                #expect(reply.status == 201 && (reply.header("idempotent-replayed") == nil) == (key == "stolen"))
            }
            // A key whose former ids were given up behind its back, before it was used.
            let late = try (0..<3).map { try Self.key("late").formerIdentifier(attempt: $0) }
            try await Self.reserve(late, 2, in: shop)
            try await eventually("what was squatted is given back", within: .seconds(30)) {
                try await shop.available("PROD-001") == 97
            }
            try await Self.expectOneOrder(of: "late", shop)
            #expect(try await shop.available("PROD-001") == 96)
            try await shop.audit()
        }
    }

    /// Stock that is reserved under a stolen id and called sold: the order takes the next id, and the stock comes back.
    @Test func poison() async throws {
        try await withShop(.embedded) { shop in
            let stolen = try await Self.stolenIDs(of: "poisoned", shop)
            let batch = Identifier.time()
            try await Self.reserve([stolen[0]], 5, in: shop, batch: batch)
            let closed = try await shop.caller.call(
                "POST", "/reservations/close", inside: shop.inside("inventory"), #"{"batch_ids":["\#(batch)"]}"#)
            #expect(closed.status == 200, "\(closed.text)")
            try await Self.expectOneOrder(of: "poisoned", shop)
            try await eventually("what was sold to nobody is given back", within: .seconds(30)) {
                try await shop.available("PROD-001") == 99
            }
            try await shop.audit()
        }
    }

    /// Ids that were released beforehand get no stock for good: the key goes on with its next id.
    @Test func release() async throws {
        try await withShop(.embedded) { shop in
            let former = try (0..<3).map { try Self.key("released").formerIdentifier(attempt: $0) }
            let stolen = try await Self.stolenIDs(of: "released", shop)
            let ids = (former + stolen.prefix(2)).map { #""\#($0)""# }.joined(separator: ",")
            let reply = try await shop.caller.call(
                "POST", "/reservations/release", inside: shop.inside("inventory"), #"{"order_ids":[\#(ids)]}"#)
            #expect(reply.status == 200)
            try await Self.expectOneOrder(of: "released", shop)
            #expect(try await shop.available("PROD-001") == 99)
            try await shop.audit()
        }
    }

    /// A key that was seen on one route says nothing on another, and gets nothing of what was answered there.
    @Test func relay() async throws {
        try await withShop(.embedded) { shop in
            let order = try await shop.place([("PROD-001", 1)], key: "seen")
            let id = try #require(order.string("order_id"))
            let headers = [("content-type", "application/json"), ("idempotency-key", "seen")]
            let notice = try await shop.caller.call(
                "POST", shop.notification + "/notify",
                #"{"order_id":"\#(id)","type":"custom","recipient":{"email":"bob@example.com"},"message":"Hello"}"#,
                headers: headers)
            #expect(notice.status == 201 && notice.header("idempotent-replayed") == nil)
            #expect(!notice.text.contains("ada@example.com"))
            let stock = shop.inventory + "/inventory/PROD-001"
            let more = try await shop.caller.call("PUT", stock + "/replenish", #"{"quantity":5}"#, headers: headers)
            #expect(more.int("available") == 104)
            // The other route of that service knows the key, and refuses it: nothing is done by mistake.
            for path in ["PROD-001/reserve", "PROD-002/replenish"] {
                let reply = try await shop.caller.call(
                    "PUT", shop.inventory + "/inventory/\(path)", #"{"quantity":5}"#, headers: headers)
                #expect(reply.status == 422 && reply.string("type") == "/problems/idempotency-key-reused")
            }
            #expect(try await shop.available("PROD-001") == 104)
            // The id of an order that is there is nothing to reserve or release by.
            try await Self.reserve([try #require(Identifier(id))], 7, in: shop)
            #expect(try await shop.available("PROD-001") == 104)
            _ = try await shop.notifications(of: id, count: 3)
        }
    }
}
