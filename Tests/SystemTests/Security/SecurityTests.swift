import Foundation
import Testing

/// Attacks on a running shop: each of them is refused, and changes nothing.
@Suite struct SecurityTests {
    private static let json = "Content-Type: application/json"

    /// Nothing was ordered, reserved or told.
    private static func expectUntouched(_ shop: Shop) async throws {
        #expect(try await shop.caller.call("GET", shop.order + "/orders").list("orders").isEmpty)
        #expect(try await shop.caller.call("GET", shop.notification + "/notifications").list("notifications").isEmpty)
        let products = try await shop.caller.call("GET", shop.inventory + "/inventory").list("products")
        #expect(products.allSatisfy { $0["reserved"] as? Int == 0 } && !products.isEmpty)
    }

    private static func port(_ service: String, of shop: Shop) throws -> Int { try #require(shop.ports[service]) }

    // MARK: - Browsers

    /// What a page elsewhere can have its reader's browser send without asking first.
    @Test func aPageElsewhereChangesNothing() async throws {
        try await withShop(.embedded) { shop in
            let order = Shop.orderBody([("PROD-001", 1)])
            let notify =
                #"{"order_id":"0190f0f0-0000-7000-8000-000000000000","type":"custom","message":"x","#
                + #""recipient":{"email":"ada@example.com"}}"#
            let browsers = [
                ["Origin: https://evil.example"], ["Origin: null"], ["Sec-Fetch-Site: cross-site"],
                ["Sec-Fetch-Mode: no-cors", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Dest: image"],
                ["Origin: http://localhost.evil.example"], ["Origin: http://localhost:1"],
                ["Referer: https://evil.example/", "Sec-Fetch-Site: cross-site"],
            ]
            let types = [
                "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
                "application/json",
                "text/plain; charset=application/json",
            ]
            for browser in browsers {
                for type in types {
                    for (service, method, path, body) in [
                        ("order", "POST", "/orders", order), ("notification", "POST", "/notify", notify),
                        ("inventory", "PUT", "/inventory/PROD-001/reserve", #"{"quantity":1}"#),
                        ("inventory", "POST", "/inventory/PROD-001/reserve", #"{"quantity":1}"#),
                    ] {
                        let answer = try await RawRequest.send(
                            RawRequest.request(method, path, browser + ["Content-Type: \(type)"], body: body),
                            to: Self.port(service, of: shop))
                        let status = try #require(RawRequest.statuses(answer).first)
                        #expect((400..<500).contains(status), "\(browser) \(type) \(path): \(answer)")
                        #expect(!answer.lowercased().contains("access-control-allow"), "\(answer)")
                    }
                }
                // Nor does it read anything.
                let read = try await RawRequest.send(
                    RawRequest.request("GET", "/orders", browser), to: Self.port("order", of: shop))
                #expect(RawRequest.statuses(read) == [403], "\(browser): \(read)")
            }
            // A question before the request: no origin is let in.
            let preflight = try await RawRequest.send(
                RawRequest.request(
                    "OPTIONS", "/orders",
                    ["Origin: https://evil.example", "Access-Control-Request-Method: POST"]),
                to: Self.port("order", of: shop))
            #expect(!preflight.lowercased().contains("access-control-allow"), "\(preflight)")
            try await Self.expectUntouched(shop)
        }
    }

    /// A name of the attacker's that leads to the loopback, in each place where a host can stand, and whatever else is said of it.
    @Test func aForeignNameIsNotAnswered() async throws {
        try await withShop(.embedded) { shop in
            for service in ["order", "inventory", "notification"] {
                let port = try Self.port(service, of: shop)
                for fields in [
                    [], ["X-Forwarded-Host: localhost"], ["Forwarded: host=localhost"], ["X-Host: localhost"],
                    ["X-Original-Host: localhost"],
                ] {
                    for target in ["/orders", "http://evil.example/orders", "/inventory", "/notifications"] {
                        let answer = try await RawRequest.send(
                            RawRequest.request("GET", target, host: "evil.example:\(port)", fields), to: port)
                        let status = RawRequest.statuses(answer)
                        #expect(status == [421] || status == [404], "\(service) \(target) \(fields): \(answer)")
                    }
                }
                let absolute = try await RawRequest.send(
                    RawRequest.request("GET", "http://evil.example/health", host: "localhost"), to: port)
                #expect(RawRequest.statuses(absolute) == [421], "\(absolute)")
            }
        }
    }

    // MARK: - Ways round

    /// The inside door's paths, written as somebody might hope that they are read.
    @Test func theInsideDoorIsNotReachedThroughThePublicOne() async throws {
        try await withShop(.embedded) { shop in
            let targets = [
                "/metrics", "//metrics", "/./metrics", "/health/../metrics", "/health/%2e%2e/metrics", "/%6detrics",
                "/metrics/", "/metrics;x", "/metrics?x", "/metrics%00", "/metrics%20", "/metrics%2f", "/METRICS",
                "/orders/..%2fmetrics", "/orders/..%5cmetrics", "\\metrics", "/metrics#", "/%2fmetrics", "/metrics%3f",
                "http://localhost/metrics", "/health/live/../../metrics", "/reservations", "//reservations",
                "/inventory/../reservations", "/%72eservations", "/inventory/%2e%2e/reservations", "/reservations/",
                "/reservations%00", "/reservations;a=b", "http://localhost/reservations",
            ]
            for service in ["order", "inventory", "notification"] {
                for target in targets {
                    for method in ["GET", "POST"] {
                        let answer = try await RawRequest.send(
                            RawRequest.request(method, target, [Self.json], body: method == "GET" ? "" : "{}"),
                            to: Self.port(service, of: shop))
                        let status = try #require(RawRequest.statuses(answer).first)
                        #expect([400, 404, 405, 421].contains(status), "\(service) \(method) \(target): \(answer)")
                        #expect(!answer.contains("# TYPE"), "\(answer)")
                    }
                }
                for field in ["X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Path", "X-Forwarded-Prefix"] {
                    let answer = try await RawRequest.send(
                        RawRequest.request("GET", "/health/live", ["\(field): /metrics"]),
                        to: Self.port(service, of: shop))
                    #expect(RawRequest.statuses(answer) == [200] && !answer.contains("# TYPE"), "\(answer)")
                }
            }
            try await Self.expectUntouched(shop)
        }
    }

    /// A request is of the method that its first line names.
    @Test func noFieldMakesAnotherMethod() async throws {
        try await withShop(.embedded) { shop in
            let placed = try await shop.place([("PROD-001", 1)])
            let id = try #require(placed.string("order_id"))
            for field in ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"] {
                let answer = try await RawRequest.send(
                    RawRequest.request("GET", "/orders/\(id)/cancel", ["\(field): POST"]),
                    to: Self.port("order", of: shop))
                #expect(RawRequest.statuses(answer) == [405], "\(answer)")
                let other = try await RawRequest.send(
                    RawRequest.request("GET", "/orders", ["\(field): POST", Self.json]),
                    to: Self.port("order", of: shop))
                #expect(RawRequest.statuses(other) == [200], "\(other)")
            }
            let query = try await RawRequest.send(
                RawRequest.request("GET", "/orders/\(id)/cancel?_method=POST"), to: Self.port("order", of: shop))
            #expect(RawRequest.statuses(query) == [405], "\(query)")
            #expect(try await shop.caller.call("GET", shop.order + "/orders/\(id)").string("status") == "confirmed")
            #expect(try await shop.caller.call("GET", shop.order + "/orders").list("orders").count == 1)
        }
    }

    /// Nobody says whose connection it is who was not told to us as a proxy.
    @Test func aStrangerIsNoProxy() async throws {
        try await withShop(.embedded) { shop in
            let request = RawRequest.request("GET", "/health/live")
            let binary: [UInt8] = [
                0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, 0x21, 0x11, 0, 12, 192, 0, 2, 7,
                127,
                0, 0, 1, 1, 2, 3, 4,
            ]
            for header in [Array("PROXY TCP4 192.0.2.7 127.0.0.1 1 2\r\n".utf8), binary] {
                let answer = try await RawRequest.send(header + Array(request.utf8), to: Self.port("order", of: shop))
                #expect(RawRequest.statuses(answer) == [400], "\(answer)")
            }
        }
    }

    // MARK: - What is echoed

    /// A line break that comes in by a value goes out as none.
    @Test func noValueBecomesAField() async throws {
        try await withShop(.embedded) { shop in
            for _ in 0..<3 { #expect(try await shop.place([("PROD-001", 1)]).status == 201) }
            let lines = [
                "%0d%0aX-Injected:%20yes", "%0aX-Injected:%20yes", "%0d%0a%0d%0a%3Chtml%3E", "%E5%98%8A%E5%98%8DX",
            ]
            for line in lines {
                for (service, target) in [
                    ("order", "/orders?limit=1&customer_email=ada@example.com\(line)"), ("order", "/orders/\(line)"),
                    ("order", "/orders?\(line)=1"), ("order", "/problems/\(line)"), ("order", "/\(line)"),
                    ("inventory", "/inventory/\(line)"), ("inventory", "/inventory?limit=1&cursor=\(line)"),
                    ("notification", "/notifications/order/\(line)"),
                ] {
                    let answer = try await RawRequest.send(
                        RawRequest.request("GET", target), to: Self.port(service, of: shop))
                    let head = answer.prefix(upTo: answer.firstRange(of: "\r\n\r\n")?.lowerBound ?? answer.endIndex)
                    #expect(!head.lowercased().contains("x-injected"), "\(target): \(answer)")
                    #expect(
                        !answer.contains("<html>") && RawRequest.statuses(answer).count == 1, "\(target): \(answer)")
                }
            }
            for fields in [
                ["traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n X-Injected: yes"],
                ["Idempotency-Key: a\rX-Injected: yes"], ["Idempotency-Key: a\u{0}b"],
            ] {
                let answer = try await RawRequest.send(
                    RawRequest.request(
                        "POST", "/orders", [Self.json] + fields, body: Shop.orderBody([("PROD-001", 1)])),
                    to: Self.port("order", of: shop))
                #expect(RawRequest.statuses(answer) == [400] && !answer.contains("X-Injected:"), "\(answer)")
            }
        }
    }
}
