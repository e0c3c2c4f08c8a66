import Foundation
import Testing

/// Requests that are made to cost much: each is answered soon, and others with it.
@Suite struct CostlyRequestTests {
    /// Each is in a megabyte, or as large as it may be, and would be slow for who reads it carelessly.
    private static func bodies() -> [(what: String, body: String)] {
        func customer(_ name: String) -> String {
            #"{"customer":{"name":"\#(name)","email":"a@b"},"items":[{"product_id":"PROD-001","quantity":1}]}"#
        }
        let million = 1_000_000
        func many(_ count: Int, _ one: (Int) -> String) -> String { (0..<count).map(one).joined(separator: ",") }
        func repeated(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }
        var all: [(what: String, body: String)] = []
        func add(_ what: String, _ body: String) { all.append((what, body)) }
        add("combining marks", customer("e" + repeated("\u{301}", million / 2 - 100)))
        add("marks in every order", customer("e" + repeated("\u{301}\u{323}\u{345}", 150_000)))
        add("joined people", customer(repeated("👨\u{200d}", 140_000)))
        add("syllables in parts", customer(repeated("\u{1100}\u{1161}\u{11A8}", 100_000)))
        add("flags", customer(repeated("🇩", 240_000)))
        add("direction marks", customer(repeated("\u{202e}", 330_000)))
        add("spaces", customer(repeated(" ", million - 200)))
        add("escapes", customer(repeated(#"\u0301"#, 160_000)))
        add("at signs", customer("x").replacing("a@b", with: repeated("@", million - 200)))
        add("dots", customer("x").replacing("a@b", with: "a@" + repeated(".a", 400_000)))
        add("phone", customer("x").replacing(#""email""#, with: #""phone":"\#(repeated("+", million - 200))","email""#))
        add("names", "{" + many(80_000) { #""n\#($0)":0"# } + "}")
        add("one name twice, far apart", "{" + many(70_000) { #""n\#($0)":0"# } + #","n0":1}"#)
        add("depth", repeated("[", million))
        add("depth of objects", repeated(#"{"a":"#, 160_000))
        add("digits", #"{"items":"# + repeated("9", million - 50) + "}")
        add("an exponent", #"{"items":1e"# + repeated("9", million - 50) + "}")
        add("a fraction", #"{"items":0."# + repeated("0", million - 50) + "1}")
        let lines = many(40_000) { _ in #"{"quantity":0}"# }
        add("lines", #"{"customer":{"name":"x","email":"a@b"},"items":["# + lines + "]}")
        return all
    }

    @Test func noBodyIsSlowToRefuse() async throws {
        try await withShop(.embedded) { shop in
            for (what, body) in Self.bodies() {
                let began = ContinuousClock.now
                let reply = try await shop.caller.call("POST", shop.order + "/orders", body)
                let took = ContinuousClock.now - began
                #expect([400, 413, 422].contains(reply.status), "\(what): \(reply.text.prefix(500))")
                // A debug build on a machine that is at work; what is quadratic takes minutes.
                #expect(took < .seconds(20), "\(what) took \(took)")
            }
            #expect(try await shop.place([("PROD-001", 1)]).status == 201)
        }
    }

    @Test func noHeadIsSlowToRefuse() async throws {
        try await withShop(.embedded) { shop in
            let port = try #require(shop.ports["order"])
            func query(_ count: Int, _ one: (Int) -> String) -> String { (0..<count).map(one).joined(separator: "&") }
            func repeated(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }
            var all: [(what: String, request: String, statuses: [Int])] = []
            func add(_ what: String, _ target: String, fields: [String] = [], _ statuses: [Int]) {
                all.append((what, RawRequest.request("GET", target, fields), statuses))
            }
            add("parameters", "/orders?" + query(1_500) { "a\($0)=1" }, [422])
            add("one parameter", "/orders?" + query(1_500) { _ in "limit=1" }, [422])
            add("a long filter", "/orders?customer_email=" + repeated("@", 9_000), [422])
            add("marks", "/orders?customer_email=a" + repeated("%CC%81", 1_500), [422])
            add("segments", repeated("/a", 5_000), [404])
            add("dots", repeated("/..", 3_000), [400, 404])
            add("fields", "/orders", fields: (0..<900).map { "a\($0): b" }, [200, 431])
            add("encodings", "/orders", fields: ["Accept-Encoding: " + repeated("gzip;q=0,", 1_000)], [200])
            add("commas", "/orders", fields: ["Accept-Encoding: " + repeated(",", 9_000)], [200])
            add("far too much", "/orders", fields: (0..<30_000).map { "a\($0): b" }, [431])
            for (what, request, statuses) in all {
                let began = ContinuousClock.now
                let answer = try await RawRequest.send(request, to: port, silence: 20_000)
                let status = RawRequest.statuses(answer)
                #expect(status.count == 1 && statuses.contains(status.first ?? 0), "\(what): \(answer.prefix(600))")
                #expect(ContinuousClock.now - began < .seconds(10), "\(what)")
            }
            #expect(try await shop.place([("PROD-001", 1)]).status == 201)
        }
    }

    /// What unpacks to much is not unpacked.
    @Test func aBombStaysPacked() async throws {
        try await withShop(.embedded) { shop in
            for coding in ["gzip", "deflate", "br", "zstd", "x-gzip", "gzip, gzip"] {
                let reply = try await shop.caller.call(
                    "POST", shop.order + "/orders", bytes: [0x1F, 0x8B, 8, 0] + [UInt8](repeating: 0, count: 5_000),
                    headers: [("content-type", "application/json"), ("content-encoding", coding)])
                #expect(reply.status == 415, "\(coding): \(reply.text)")
            }
            let answer = try await RawRequest.send(
                RawRequest.request("POST", "/orders", ["Transfer-Encoding: gzip, chunked"]),
                to: try #require(shop.ports["order"]))
            #expect([[400], [501]].contains(RawRequest.statuses(answer)), "\(answer)")
        }
    }

    /// The largest prices, of the largest number, in the most lines: a sum, or a refusal, and never a crash or a negative number.
    @Test func moneyDoesNotOverflow() async throws {
        try await withShop(.embedded) { shop in
            func product(_ id: String, _ price: String, _ quantity: String) async throws -> Reply {
                try await shop.caller.call(
                    "POST", shop.inventory + "/inventory",
                    #"{"product_id":"\#(id)","name":"x","price":{"amount":\#(price),"currency":"USD"},"quantity":\#(quantity)}"#
                )
            }
            for amount in [
                "9223372036854775807", "9223372036854775808", "1000000001", "-1", "-9223372036854775808", "1e18",
            ] {
                #expect(try await product("dear", amount, "1").status == 422, "\(amount)")
            }
            for quantity in ["9223372036854775807", "1000000000001", "-1"] {
                #expect(try await product("many", "1", quantity).status == 422, "\(quantity)")
            }
            let lines = 100
            for number in 0..<lines {
                #expect(try await product("dear-\(number)", "1000000000", "1000000000000").status == 201)
            }
            let placed = try await shop.place((0..<lines).map { ("dear-\($0)", 1_000_000) })
            #expect(placed.status == 201 || placed.status == 422, "\(placed.text)")
            if placed.status == 201 {
                #expect(placed.int("total.amount") == lines * 1_000_000 * 1_000_000_000, "\(placed.text.suffix(300))")
            }
            let more = try await shop.caller.call(
                "PUT", shop.inventory + "/inventory/dear-0/replenish", #"{"quantity":9223372036854775807}"#)
            #expect([409, 422].contains(more.status), "\(more.text)")
            #expect(try await shop.place([("PROD-001", 1)]).status == 201)
        }
    }
}
