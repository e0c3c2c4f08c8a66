import Foundation
import Testing

/// Bad input gets a problem document that names the field, changes nothing, and never a 500.
@Suite struct BadInputTests {
    private static func order(_ item: String) -> String {
        #"{"customer":{"name":"Ada","email":"ada@example.com"},"items":[\#(item)]}"#
    }

    private static func customer(_ customer: String) -> String {
        #"{"customer":\#(customer),"items":[{"product_id":"PROD-001","quantity":1}]}"#
    }

    private static func lines(_ count: Int) -> String {
        order((0..<count).map { #"{"product_id":"X-\#($0)","quantity":1}"# }.joined(separator: ","))
    }

    /// A body of POST /orders, the status, and a field that the problem names.
    private static let bodies: [(String, Int, String?)] = [
        ("", 400, nil), ("hello", 400, nil), ("{", 400, nil), (order("") + "x", 400, nil),
        (#"{"items":[],"items":[]}"#, 400, nil),
        ("[]", 422, ""), ("null", 422, ""), ("7", 422, ""), (#""order""#, 422, ""),
        ("{}", 422, "customer"), ("{}", 422, "items"),
        (order(""), 422, "items"), (lines(1_001), 422, "items"), (order("7"), 422, "items[0]"),
        (order(#"{"quantity":1}"#), 422, "items[0].product_id"),
        (order(#"{"product_id":"PROD-001"}"#), 422, "items[0].quantity"),
        (order(#"{"product_id":"PROD-001","quantity":0}"#), 422, "items[0].quantity"),
        (order(#"{"product_id":"PROD-001","quantity":-1}"#), 422, "items[0].quantity"),
        (order(#"{"product_id":"PROD-001","quantity":1.5}"#), 422, "items[0].quantity"),
        (order(#"{"product_id":"PROD-001","quantity":1e9}"#), 422, "items[0].quantity"),
        (order(#"{"product_id":"PROD-001","quantity":1000001}"#), 422, "items[0].quantity"),
        (order(#"{"product_id":"PROD-001","quantity":99999999999999999999}"#), 422, "items[0].quantity"),
        (order(#"{"product_id":"PROD-001","quantity":"2"}"#), 422, "items[0].quantity"),
        (order(#"{"product_id":"PROD-001","quantity":null}"#), 422, "items[0].quantity"),
        (order(#"{"product_id":"NOPE","quantity":1}"#), 422, "items[0].product_id"),
        (
            order(#"{"product_id":"PROD-001","quantity":1},{"product_id":"NOPE","quantity":1}"#), 422,
            "items[1].product_id"
        ),
        (order(#"{"product_id":"","quantity":1}"#), 422, "items[0].product_id"),
        (order(#"{"product_id":"\#(String(repeating: "x", count: 65))","quantity":1}"#), 422, "items[0].product_id"),
        (order(#"{"product_id":"a\u0000b","quantity":1}"#), 422, "items[0].product_id"),
        (
            order(#"{"product_id":"PROD-001","quantity":600000},{"product_id":"PROD-001","quantity":600000}"#), 422,
            "items[1].quantity"
        ),
        (customer(#"{"name":"  ","email":"ada@example.com"}"#), 422, "customer.name"),
        (customer(#"{"name":"A\nda","email":"ada@example.com"}"#), 422, "customer.name"),
        (customer(#"{"name":"\#(String(repeating: "é", count: 201))","email":"a@b"}"#), 422, "customer.name"),
        (customer(#"{"name":"Ada","email":"ada.example.com"}"#), 422, "customer.email"),
        (customer(#"{"name":"Ada","email":"@example.com"}"#), 422, "customer.email"),
        (customer(#"{"name":"Ada","email":"ada@"}"#), 422, "customer.email"),
        (customer(#"{"name":"Ada","email":"a@b@c"}"#), 422, "customer.email"),
        (customer(#"{"name":"Ada","email":"a da@b"}"#), 422, "customer.email"),
        (customer(#"{"name":"Ada","email":"ada@example.com","phone":"1234"}"#), 422, "customer.phone"),
        (customer(#"{"name":"Ada","email":"ada@example.com","phone":"0800-CALL-ME-NOW"}"#), 422, "customer.phone"),
        (order(#"{"product_id":"PROD-001","quantity":1,"quantitiy":2}"#), 422, "items[0].quantitiy"),
        (customer(#"{"name":"Ada","email":"ada@example.com","mail":"x"}"#), 422, "customer.mail"),
        (customer(#"{"name":"Ada","email":"ada@example.com"}"#).dropLast() + #","notes":"x"}"#, 422, "notes"),
        (customer("null"), 422, "customer"), (customer(#""Ada""#), 422, "customer"),
    ]

    @Test func ordersThatAreWrongAreNamedAndChangeNothing() async throws {
        try await withShop(.embedded) { shop in
            for (body, status, field) in Self.bodies {
                let reply = try await shop.caller.call("POST", shop.order + "/orders", body)
                let what = "\(body.prefix(200)): \(reply.text)"
                #expect(reply.status == status, "\(what)")
                #expect(reply.header("content-type") == "application/problem+json", "\(what)")
                #expect(reply.int("status") == status, "\(what)")
                if let field {
                    let fields = reply.list("errors").compactMap { $0["field"] as? String }
                    #expect(fields.contains(field), "\(what)")
                }
            }
            #expect(try await shop.caller.call("GET", shop.order + "/orders").list("orders").isEmpty)
            let stock = try await shop.caller.call("GET", shop.inventory + "/inventory").list("products")
            #expect(stock.allSatisfy { $0["reserved"] as? Int == 0 })
        }
    }

    @Test func requestsThatAreWrongGetTheirStatus() async throws {
        try await withShop(.embedded) { shop in
            let good = Shop.orderBody([("PROD-001", 1)])
            func expect(
                _ status: Int, _ method: String, _ url: String, _ body: String? = nil, type: String? = nil,
                field: String? = nil
            ) async throws {
                let headers = type.map { [(name: "content-type", value: $0)] } ?? []
                let reply = try await shop.caller.call(method, url, body, headers: headers)
                #expect(reply.status == status, "\(method) \(url.suffix(120)): \(reply.text)")
                #expect(reply.header("content-type") == "application/problem+json", "\(method) \(url): \(reply.text)")
                if let field { #expect(reply.list("errors").contains { $0["field"] as? String == field }) }
            }
            let orders = shop.order + "/orders"
            // 415; none at all, and curl's own default for -d, are read as JSON.
            try await expect(415, "POST", orders, good, type: "text/plain")
            try await expect(415, "POST", orders, good, type: "application/xml")
            for type in [nil, "application/x-www-form-urlencoded", "application/json; charset=utf-8"] {
                let headers = type.map { [(name: "content-type", value: $0)] } ?? []
                #expect(try await shop.caller.call("POST", orders, good, headers: headers).status == 201)
            }
            // What says all in its path takes no body, or an empty object.
            let unknown = orders + "/0190f0f0-0000-7000-8000-000000000000"
            for move in ["/ship", "/deliver", "/cancel"] {
                for (body, status) in [("", 404), ("{}", 404), (#"{"by": "me"}"#, 422), ("ship it", 400), ("[1]", 422)]
                {
                    try await expect(status, "POST", unknown + move, body)
                }
            }
            // 413, 405, 404
            let padding = String(repeating: " ", count: 1 << 20)
            try await expect(413, "POST", orders, good + padding)
            try await expect(405, "DELETE", orders)
            try await expect(405, "PUT", orders, good)
            #expect(try await shop.caller.call("DELETE", orders).header("allow")?.contains("POST") == true)
            try await expect(404, "GET", shop.order + "/order")
            try await expect(404, "GET", orders + "/not-a-uuid")
            try await expect(404, "GET", orders + "/0190f0f0-0000-7000-8000-000000000000")
            try await expect(404, "POST", orders + "/0190f0f0-0000-7000-8000-000000000000/ship")
            // Cursor and limit
            for service in [orders, shop.inventory + "/inventory", shop.notification + "/notifications"] {
                for limit in ["0", "-1", "201", "x", "1.5", "", "99999999999999999999", "+5"] {
                    try await expect(422, "GET", service + "?limit=\(limit)", field: "limit")
                }
                for cursor in ["x", "p1f", "0", "AAAAAAAAAAAAAAAAAAAAAA", "7fffffffffffffffff"] {
                    try await expect(422, "GET", service + "?cursor=\(cursor)", field: "cursor")
                }
                try await expect(422, "GET", service + "?limit=5&limit=6", field: "limit")
            }
            try await expect(422, "GET", orders + "?status=lost", field: "status")
            // Ids with slashes, percent signs, emoji, 65 characters
            for id in ["a%2Fb", "100%25", "%F0%9F%8E%81", String(repeating: "x", count: 65)] {
                try await expect(404, "GET", shop.inventory + "/inventory/" + id)
                try await expect(404, "GET", orders + "/" + id)
                try await expect(404, "GET", shop.notification + "/notifications/" + id)
            }
            try await expect(400, "GET", shop.inventory + "/inventory/%FF")
            try await expect(400, "GET", shop.inventory + "/inventory/%2")
            // The other services' bodies
            let inventory = shop.inventory + "/inventory"
            try await expect(422, "PUT", inventory + "/PROD-001/reserve", #"{"quantity":0}"#, field: "quantity")
            try await expect(422, "PUT", inventory + "/PROD-001/replenish", "{}", field: "quantity")
            try await expect(409, "PUT", inventory + "/PROD-001/replenish", #"{"quantity":1000000000000}"#)
            try await expect(409, "PUT", inventory + "/PROD-001/reserve", #"{"quantity":1000000}"#)
            try await expect(404, "PUT", inventory + "/NOPE/reserve", #"{"quantity":1}"#)
            let product =
                #"{"product_id":"PROD-001","name":"x","price":{"amount":1,"currency":"USD"},"quantity":1}"#
            try await expect(409, "POST", inventory, product)
            try await expect(
                422, "POST", inventory, product.replacing("USD", with: "usd"), field: "price.currency")
            let notify = shop.notification + "/notify"
            let id = "0190f0f0-0000-7000-8000-000000000000"
            try await expect(
                422, "POST", notify, #"{"order_id":"\#(id)","type":"custom","recipient":{"email":"a@b"}}"#,
                field: "message")
            try await expect(
                422, "POST", notify, #"{"order_id":"\#(id)","type":"order_shipped","recipient":{}}"#,
                field: "recipient")
            try await expect(422, "POST", notify, #"{"order_id":"1","type":"x","recipient":{}}"#, field: "order_id")
        }
    }

    @Test func aProductWithAnyPrintableIdCanBeHad() async throws {
        try await withShop(.embedded) { shop in
            for (id, path) in [
                ("a/b", "a%2Fb"), ("100%", "100%25"), ("🎁", "%F0%9F%8E%81"), ("x y", "x%20y"),
                (String(repeating: "ü", count: 64), String(repeating: "%C3%BC", count: 64)),
            ] {
                try await shop.addProduct(id, quantity: 5)
                #expect(try await shop.available(path) == 5)
                #expect(try await shop.place([(id, 2)]).status == 201)
                #expect(try await shop.available(path) == 3)
            }
        }
    }

    @Test func twoCurrenciesAreRefusedAndTakeNothing() async throws {
        try await withShop(.embedded) { shop in
            try await shop.addProduct("EURO", quantity: 5, currency: "EUR")
            let reply = try await shop.place([("PROD-001", 1), ("EURO", 1)])
            #expect(reply.status == 422, "\(reply.text)")
            #expect(reply.string("errors.0.field") == "items")
            #expect(try await shop.reserved("EURO") == 0)
            #expect(try await shop.available("PROD-001") == 100)
        }
    }

    /// Every route of every service, and what a browser sends for a page elsewhere.
    @Test func whatIsAskedForTooMuchIsToldAndForeignPagesGetNothing() async throws {
        try await withShop(.embedded) { shop in
            let order = try #require(try await shop.place([("PROD-001", 1)]).string("order_id"))
            let email = "?customer_email=ADA%40Example.com"
            #expect(try await shop.caller.call("GET", shop.order + "/orders" + email).list("orders").count == 1)
            for (method, url, known) in [
                ("GET", shop.order + "/orders", "takes status, customer_email, customer_id, product_id, "),
                ("GET", shop.order + "/orders/\(order)", "takes no parameters"),
                ("POST", shop.order + "/orders", "takes no parameters"),
                ("POST", shop.order + "/orders/\(order)/ship", "takes no parameters"),
                ("GET", shop.order + "/health/live", "takes no parameters"),
                ("GET", shop.inventory + "/inventory", "takes status, archived, limit and cursor"),
                ("PUT", shop.inventory + "/inventory/PROD-001/reserve", "takes no parameters"),
                ("GET", shop.notification + "/notifications", "takes status, recipient, channel, created_from, "),
                ("GET", shop.notification + "/notifications/order/\(order)", "takes limit and cursor"),
            ] {
                let reply = try await shop.caller.call(method, url + "?email=ada@example.com")
                #expect(reply.status == 422, "\(method) \(url)")
                #expect(reply.string("errors.0.field") == "email", "\(method) \(url)")
                #expect(reply.string("errors.0.message")?.contains(known) == true, "\(reply.text)")
                let foreign = [
                    [("host", "evil.example")], [("origin", "http://evil.example")], [("sec-fetch-site", "cross-site")],
                    [("content-encoding", "gzip")], [("if-match", "*")],
                ]
                for (headers, status) in zip(foreign, [421, 403, 403, 415, 412]) {
                    let reply = try await shop.caller.call(
                        method, url, bytes: method == "GET" ? nil : [], headers: headers)
                    #expect(reply.status == status, "\(method) \(url) \(headers)")
                    #expect(reply.header("content-type") == "application/problem+json", "\(headers)")
                }
            }
            #expect(try await shop.caller.call("GET", shop.order + "/orders?cursor=").list("orders").count == 1)
            let plus = try await shop.caller.call("GET", shop.order + "/orders?customer_email=a+b@example.com")
            #expect(plus.status == 422 && plus.text.contains("write %2B"))
            // The form of another page, its parts one by one, and curl's -d.
            let body = Shop.orderBody([("PROD-001", 1)])
            let form = ("content-type", "application/x-www-form-urlencoded")
            for (headers, status) in [
                ([form, ("origin", "null")], 403), ([form, ("origin", shop.order)], 415),
                ([("content-type", "text/plain"), ("sec-fetch-mode", "navigate")], 415), ([form], 201),
            ] {
                let reply = try await shop.caller.call(
                    "POST", shop.order + "/orders", bytes: Array(body.utf8), headers: headers)
                #expect(reply.status == status, "\(headers) \(reply.text)")
            }
            #expect(try await shop.caller.call("GET", shop.order + "/orders").list("orders").count == 2)
            #expect(try await shop.caller.call("GET", shop.order + "/orders/\(order)").string("status") == "confirmed")
        }
    }
}
