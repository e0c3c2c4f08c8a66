import AccessKeys
import Foundation
import HTTPAPI
import HTTPClient
import ServiceLife
import Testing
import Timestamps

@testable import Application

/// The console beside the services that it asks.
@Suite struct ConsoleTests {
    static let order = """
        {"customer":{"name":"<script>alert(1)</script>","email":"ada@example.com"},\
        "items":[{"product_id":"PROD-001","quantity":1}]}
        """

    @Test func anOrderIsToldFromItsRequestToItsLastMessage() async throws {
        try await withConsole { _, visitor in
            let placed = try await visitor.send("POST", "/api/orders", Self.order, headers: [("idempotency-key", "k")])
            #expect(placed.status == 201)
            let id = try #require(try visitor.json(placed)["order_id"] as? String)
            // The key went along: the order is the same one.
            let again = try await visitor.send("POST", "/api/orders", Self.order, headers: [("idempotency-key", "k")])
            #expect(again.header("idempotent-replayed") == "true" && again.body == placed.body)
            #expect(try await visitor.send("POST", "/api/orders/\(id)/ship", "{}").status == 200)

            let entries = try await visitor.story(of: id) { entries in
                entries.filter { $0["kind"] as? String == "sent" }.count == 2
                    && entries.filter { $0["done"] as? Bool == true }.count == 4
            }
            func all(_ kind: String, _ member: String) -> [String] {
                entries.filter { $0["kind"] as? String == kind }.compactMap { $0[member] as? String }
            }
            #expect(all("step", "status") == ["confirmed", "shipped"])
            #expect(all("event", "type") == ["orderlog.OrderConfirmed.v1", "orderlog.OrderShipped.v1"])
            #expect(Set(all("handled", "group")) == ["inventory-service", "notification-service"])
            let times = entries.compactMap { $0["at"] as? String }
            #expect(times == times.sorted())
            #expect(all("event", "trace_id").allSatisfy { $0.count == 32 })
        }
    }

    /// What a service refuses is told in its own words.
    @Test func problemsArePassedOn() async throws {
        try await withConsole { _, visitor in
            let placed = try await visitor.send("POST", "/api/orders", Self.order)
            let id = try #require(try visitor.json(placed)["order_id"] as? String)
            let early = try await visitor.send("POST", "/api/orders/\(id)/deliver", "{}")
            #expect(early.status == 409 && early.header("content-type") == "application/problem+json")
            #expect(try visitor.json(early)["type"] as? String == "/problems/illegal-move")
            let unknown = "/orders/00000000-0000-0000-0000-000000000000/timeline"
            #expect(try await visitor.send("GET", unknown).status == 404)
            #expect(try await visitor.send("GET", "/api/orders/..%2F..%2Fhealth").status == 404)
            #expect(try await visitor.send("GET", "/api/products/%2E%2E").status == 404)
            let products = try await visitor.send("GET", "/api/products?limit=1")
            #expect((try visitor.json(products)["products"] as? [Any])?.count == 1)
            #expect(try await visitor.send("GET", "/api/products?limit=0").status == 422)
        }
    }

    /// A service that has gone is told of, and what the others know is told all the same.
    @Test func aServiceThatIsAwayIsNamed() async throws {
        try await withConsole { system, visitor in
            let placed = try await visitor.send("POST", "/api/orders", Self.order)
            let id = try #require(try visitor.json(placed)["order_id"] as? String)
            for service in system.services where service.name == "notification" {
                await service.stop(within: .seconds(5))
            }
            let story = try visitor.json(try await visitor.send("GET", "/orders/\(id)/timeline"))
            let missing = try #require(story["missing"] as? [[String: String]])
            #expect(missing.map { $0["part"] } == ["messages"])
            #expect((story["entries"] as? [Any])?.isEmpty == false)
            for service in system.services where service.name == "inventory" { await service.stop(within: .seconds(5)) }
            let stock = try await visitor.send("GET", "/api/products")
            #expect(stock.status == 503 && stock.header("retry-after") == "1")
            #expect(try visitor.json(stock)["service"] as? String == "inventory")
            let status = try visitor.json(try await visitor.send("GET", "/api/status"))
            #expect(status["status"] as? String == "look")
        }
    }

    @Test func pagesLoadNothingFromElsewhereAndAreAskedAboutBeforeUse() async throws {
        try await withConsole { _, visitor in
            for path in [
                "/", "/orders", "/orders/\(UUID().uuidString)", "/stock", "/log", "/log/orders", "/log/orders/3/17",
                "/dead-letters", "/assets/main.js",
            ] {
                let page = try await visitor.send("GET", path)
                let policy = try #require(page.header("content-security-policy"))
                #expect(page.status == 200 && policy.hasPrefix("default-src 'none'") && !policy.contains("unsafe"))
                let tag = try #require(page.header("etag"))
                let known = try await visitor.send("GET", path, headers: [("if-none-match", "\"x\", \(tag)")])
                #expect(known.status == 304 && known.body.isEmpty && known.header("etag") == tag)
                let small = try await visitor.send("GET", path, headers: [("accept-encoding", "gzip")])
                #expect(small.header("content-encoding") == "gzip" && small.body.count < page.body.count)
            }
        }
    }

    /// A link in somebody's mail leads to a page; no other site's script reads or changes anything.
    @Test func linksFromElsewhereLeadToPagesAlone() async throws {
        try await withConsole { _, visitor in
            let link = [
                (name: "sec-fetch-site", value: "cross-site"), (name: "sec-fetch-mode", value: "navigate"),
                (name: "sec-fetch-dest", value: "document"),
            ]
            let page = try await visitor.send("GET", "/orders", headers: link)
            #expect(page.status == 200)
            #expect(try await visitor.send("GET", "/api/orders", headers: link).status == 403)
            let script = [(name: "sec-fetch-site", value: "cross-site"), (name: "sec-fetch-mode", value: "cors")]
            #expect(try await visitor.send("GET", "/orders", headers: script).status == 403)
            #expect(try await visitor.send("POST", "/api/orders", Self.order, headers: link).status == 403)
            #expect(try await visitor.send("GET", "/orders", headers: [("host", "shop.example")]).status == 421)
        }
    }

    /// Pages are everybody's; what is the shop's wants a key, which the services are shown as well.
    @Test func keysArePassedOn() async throws {
        try await withFolder { folder in
            let file = KeysFile(path: folder + "/keys")
            let texts = ["read", "operate", "place"].map { ($0, KeyText.make()) }
            try file.change { keys in
                keys = texts.map { name, text in
                    AccessKey(
                        name: name,
                        scopes: [Scope(rawValue: name)].compactMap(\.self).reduce(into: []) { $0.insert($1) },
                        created: .now(), expires: nil, text: text)
                }
            }
            try await withSystem(folder, keys: file, hasConsole: true) { system in
                var visitor = Visitor(system)
                #expect(try await visitor.send("GET", "/orders").status == 200)
                #expect(try await visitor.send("GET", "/api/orders").status == 401)
                #expect(try await visitor.send("GET", "/api/status").status == 401)
                visitor.key = texts[0].1
                #expect(try await visitor.send("GET", "/api/orders").status == 200)
                #expect(try await visitor.send("POST", "/api/orders", Self.order).status == 403)
                visitor.key = texts[2].1
                let placed = try await visitor.send("POST", "/api/orders", Self.order)
                #expect(placed.status == 201)
                let id = try #require(try visitor.json(placed)["order_id"] as? String)
                visitor.key = texts[1].1
                let shipped = try await visitor.send("POST", "/api/orders/\(id)/ship", "{}")
                let history = try #require(try visitor.json(shipped)["history"] as? [[String: String]])
                #expect(history.last?["by"] == "operate")
                await visitor.http.close()
            }
        }
    }
}
