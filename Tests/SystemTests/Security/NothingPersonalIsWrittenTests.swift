import EventLog
import Foundation
import Headers
import TestProcess
import Testing

/// What a shop writes for its operators, and what it answers to who may be anybody, has no customer in it and no secret: after orders,
/// refusals, dead letters and a crash, with everything logged that can be. Only the simulated senders print a message, as the message.
@Suite struct NothingPersonalIsWrittenTests {
    /// Texts that stand nowhere else.
    private enum Canary {
        static let name = "Zebulon Quirrelmont"
        static let email = "zq.7731@canary.example"
        static let phone = "+44 7700 900773"
        static let text = "canary-text-9931"
        static let key = "canary-idempotency-5521"
        static let token = "ol_canaryTokenThatIsNobodysKey0123456789abcdefghij"
        static let all = [
            name, "Quirrelmont", email, "zq.7731", "zq%2E7731", phone, "900773", text, key, token, "canaryToken",
        ]
    }

    /// Where a canary is, in words.
    private static func found(in text: String, _ place: String) -> [String] {
        Canary.all.filter { text.localizedCaseInsensitiveContains($0) }.map { "\($0) in \(place)" }
    }

    private static let customer =
        #"{"name":"\#(Canary.name)","email":"\#(Canary.email)","phone":"\#(Canary.phone)"}"#

    @Test func aRunLeavesNothing() async throws {
        try await withSlots(1) {
            let shop = try await Shop(.embedded, options: ["--log-level", "debug"])
            try await withShop(shop) { shop in
                var told: [String] = []
                told += try await business(shop)
                told += try await refusals(shop)
                try await deadLetters(shop)
                told += try await whatOperatorsSee(shop)
                // A crash, and what the next start says.
                try await shop.killAll()
                try await shop.start()
                #expect(try await shop.place([("PROD-001", 1)]).status == 201)
                told += try await whatOperatorsSee(shop)
                told += try words(shop)
                #expect(try await shop.stop() == [0])
                told += try log(shop)
                #expect(told == [])
            }
        }
    }

    /// Orders with all that they can have.
    private func business(_ shop: Shop) async throws -> [String] {
        let besides = """
            "customer_id":"\(Canary.key)","shipping_address":{"name":"\(Canary.name)","phone":"\(Canary.phone)"},\
            "note":"\(Canary.text)","metadata":{"\(Canary.text)":"\(Canary.text)"}
            """
        let body = #"{"customer":\#(Self.customer),"items":[{"product_id":"PROD-001","quantity":1}],\#(besides)}"#
        var ids: [String] = []
        for number in 0..<3 {
            let reply = try await shop.caller.call(
                "POST", shop.order + "/orders", body,
                headers: [
                    ("content-type", "application/json"), ("idempotency-key", Canary.key + "-\(number)"),
                    ("authorization", "Bearer \(Canary.token)"),
                ])
            ids.append(try #require(reply.string("order_id"), "\(reply.text)"))
        }
        for (id, move) in [(ids[0], "cancel"), (ids[1], "ship"), (ids[1], "deliver")] {
            let reply = try await shop.caller.call(
                "POST", shop.order + "/orders/\(id)/\(move)", move == "cancel" ? #"{"reason":"\#(Canary.text)"}"# : "{}"
            )
            #expect(reply.status == 200, "\(reply.text)")
        }
        let notify = try await shop.caller.call(
            "POST", shop.notification + "/notify",
            #"{"order_id":"\#(ids[2])","type":"custom","message":"\#(Canary.text)","recipient":{"email":"\#(Canary.email)"}}"#
        )
        #expect(notify.status == 201, "\(notify.text)")
        _ = try await shop.notifications(of: ids[0], count: 4)
        _ = try await shop.notifications(of: ids[1], count: 6)
        // What a move that can't be made is answered.
        let again = try await shop.caller.call("POST", shop.order + "/orders/\(ids[0])/ship", "{}")
        #expect(again.status == 409)
        return Self.found(in: again.text, "a 409")
    }

    /// A customer in each place where a request can have text, and in none where it belongs.
    private func refusals(_ shop: Shop) async throws -> [String] {
        var told: [String] = []
        let encoded = [
            Canary.email, Canary.name.replacing(" ", with: "%20"),
            Canary.phone.replacing("+", with: "%2B").replacing(" ", with: "%20"),
            Canary.token,
        ]
        for (service, paths) in [
            (
                "order",
                ["/orders/", "/orders/x/", "/", "/problems/", "/orders?status=", "/orders?cursor=", "/orders?limit="]
            ),
            ("inventory", ["/inventory/", "/inventory?limit=", "/inventory/x/", "/problems/"]),
            ("notification", ["/notifications/", "/notifications/order/", "/notifications?cursor=", "/problems/"]),
        ] {
            let port = try #require(shop.ports[service])
            for value in encoded {
                for target in paths.map({ $0 + value }) + [
                    "/orders?\(value)=1", "/inventory?\(value)", "/notifications?\(value)=\(value)",
                ] {
                    for method in ["GET", "POST", "PUT", "DELETE"] {
                        let answer = try await RawRequest.send(
                            RawRequest.request(
                                method, target, ["Content-Type: application/json"], body: method == "GET" ? "" : "{}"),
                            to: port)
                        #expect(
                            RawRequest.statuses(answer).allSatisfy { (400..<500).contains($0) }, "\(target): \(answer)")
                        told += Self.found(in: answer, "the answer to \(method) \(target)")
                    }
                }
            }
            for value in [Canary.email, Canary.name, Canary.phone, Canary.token] {
                for field in [
                    "Host", "Origin", "Content-Type", "Content-Encoding", "If-Match", "Idempotency-Key", "traceparent",
                    "Authorization", "Accept-Encoding", "Transfer-Encoding", "Content-Length", "Expect", value,
                ] {
                    let line = field == value ? "\(value): x" : "\(field): \(value)"
                    let request =
                        "POST /orders HTTP/1.1\r\n" + (field == "Host" ? "" : "Host: localhost\r\n") + line
                        + "\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
                    told += Self.found(in: try await RawRequest.send(request, to: port), "the answer to \(line)")
                }
                let method = try await RawRequest.send(
                    "\(value.replacing(" ", with: "")) /orders HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                    to: port)
                told += Self.found(in: method, "the answer to a method")
            }
        }
        for (service, method, path) in [
            ("order", "POST", "/orders"), ("inventory", "POST", "/inventory"), ("notification", "POST", "/notify"),
            ("inventory", "PUT", "/inventory/PROD-001/reserve"),
            ("order", "POST", "/orders/0190f0f0-0000-7000-8000-000000000000/cancel"),
        ] {
            for body in Self.wrongBodies {
                let url = "http://127.0.0.1:\(shop.ports[service] ?? 0)\(path)"
                let reply = try await shop.caller.call(method, url, body)
                #expect((400..<500).contains(reply.status), "\(path) \(body): \(reply.text)")
                told += Self.found(in: reply.text, "the answer to \(path) \(body)")
            }
        }
        return told
    }

    private static var wrongBodies: [String] {
        [Canary.email, Canary.name, Canary.phone, Canary.text].flatMap { (value: String) -> [String] in
            [
                value, #""\#(value)""#, #"["\#(value)"]"#, #"{"\#(value)":1,"\#(value)":2}"#,
                #"{"customer":"\#(value)"}"#,
                #"{"customer":{"\#(value)":1,"\#(value)":1}}"#,
                #"{"customer":{"name":["\#(value)"],"email":{"\#(value)":1}}}"#,
                #"{"customer":{"name":"x","email":"\#(value) @ \#(value)"},"items":[]}"#,
                #"{"customer":{"name":"x","email":"a@b","phone":"\#(value)\#(value)x"},"items":[]}"#,
                #"{"customer":{"name":"x","email":"a@b"},"items":[{"product_id":"\#(value)","quantity":1}]}"#,
                #"{"customer":{"name":"x","email":"a@b"},"items":[{"product_id":"PROD-001","quantity":"\#(value)"}]}"#,
                #"{"customer":\#(customer),"items":[{"product_id":"PROD-001","quantity":100000}]}"#,
                #"{"customer":\#(customer),"items":[{"product_id":"PROD-001""#,
                #"{"order_id":"\#(value)","type":"\#(value)","message":"\#(value)","recipient":{"email":"\#(value)"}}"#,
                #"{"product_id":"x","name":"x","price":{"amount":"\#(value)","currency":"\#(value)"},"quantity":"\#(value)"}"#,
                #"{"quantity":"\#(value)"}"#, #"{"reason":["\#(value)"]}"#, "{\"reason\":\"\(value)\u{1}\"}",
            ]
        }
    }

    /// Events that can't be read, with a customer in each place where one can be: types, and names of headers, are words of programs.
    private func deadLetters(_ shop: Shop) async throws {
        try await shop.withLog { log in
            var records: [LogRecord] = []
            for value in [Canary.email, Canary.name, Canary.phone] {
                for (type, body) in [
                    ("orderlog.OrderConfirmed.v1", #"{"order":{"customer":"\#(value)"}}"#),
                    ("orderlog.OrderConfirmed.v1", #"{"\#(value)":1,"\#(value)":1}"#),
                    ("orderlog.OrderConfirmed.v1", value),
                ] {
                    for (key, id) in [(value, UUID().uuidString.lowercased()), ("x", value)] {
                        records.append(
                            LogRecord(
                                topic: "orders", partition: 0, key: Array(key.utf8),
                                headers: RecordHeaders([
                                    RecordHeader("ce_specversion", "1.0"), RecordHeader("ce_id", id),
                                    RecordHeader("ce_source", "/\(value)"), RecordHeader("ce_type", type),
                                    RecordHeader("ce_time", value), RecordHeader("ce_subject", value),
                                    RecordHeader("content-type", "application/json"), RecordHeader("ce_note", value),
                                ]), value: Array(body.utf8)))
                    }
                }
            }
            for result in await log.append(records) { _ = try result.get() }
        }
        for group in ["notification-service", "inventory-service"] { try await shop.awaitGroup(group) }
        let letters = try await shop.withLog { log in
            try await log.read(topic: "orders.notification-service.dlq", partition: 0, from: 0, limit: 1_000)
        }
        #expect(letters.count >= 18)
    }

    private func whatOperatorsSee(_ shop: Shop) async throws -> [String] {
        var told: [String] = []
        for service in ["order", "inventory", "notification"] {
            for path in ["/metrics", "/health", "/health/ready"] {
                let reply = try await shop.caller.call("GET", path, inside: shop.inside(service))
                told += Self.found(in: reply.text, "\(path) of \(service)")
            }
        }
        let audit = try await shop.runAudit(["--json"])
        return told + Self.found(in: audit.output, "audit")
    }

    /// What everybody on the machine sees of the process.
    private func words(_ shop: Shop) throws -> [String] {
        try shop.processes.values.flatMap { process in
            let words = try Data(contentsOf: URL(filePath: "/proc/\(process.pid)/cmdline"))
            return Self.found(in: String(decoding: words, as: UTF8.self), "cmdline")
        }
    }

    /// All that the process said, but for the messages.
    private func log(_ shop: Shop) throws -> [String] {
        let process = try #require(shop.processes["order"])
        var isMessage = false
        var told: [String] = []
        for line in (process.outputText + process.errorText).split(separator: "\n") {
            // A message begins with its recipient, and goes on in lines with a bar before them.
            if line.contains(" e-mail to ") || line.contains(" SMS to ") {
                isMessage = true
            } else if !line.hasPrefix("    |") {
                isMessage = false
            }
            if !isMessage { told += Self.found(in: String(line), "the log: \(line)") }
        }
        return told
    }
}
