import Foundation
import HTTPClient

extension Shop {
    /// A customer who wants the order, whatever happens: the same request with the same key until it is confirmed.
    static func insist(
        _ caller: Caller, _ url: String, _ body: String, key: String, within limit: Duration = .seconds(60),
        refused: @escaping @Sendable () -> Void = {}
    ) async throws -> Reply {
        try await eventually("the order \(key)", within: limit) {
            do {
                let reply = try await caller.call(
                    "POST", url + "/orders", body,
                    headers: [("content-type", "application/json"), ("idempotency-key", key)], within: .seconds(5))
                if reply.status == 201 { return reply }
                guard reply.status == 503 else { throw Failed("\(key): \(reply.status) \(reply.text)") }
            } catch is HTTPClientError {
                // Nobody is there, or the answer was cut off: the order may or may not be stored.
            }
            refused()
            return nil
        }
    }

    /// An order under a key of its own, said again after each 503: on a busy machine a process may stand still for longer than
    /// the two seconds that inventory has to answer.
    static func order(
        _ caller: Caller, _ url: String, _ body: String, key: String = UUID().uuidString
    ) async throws -> Reply {
        try await eventually("an answer to an order", within: .seconds(60)) {
            let reply = try await caller.call(
                "POST", url + "/orders", body,
                headers: [("content-type", "application/json"), ("idempotency-key", key)])
            return reply.status == 503 ? nil : reply
        }
    }

    /// Everything has come to rest and agrees: audit says so, and each of these orders is there once, with its stock and
    /// its notifications.
    func expectConsistent(orders: [String], product: String, start: Int) async throws {
        try await eventually("rest", within: .seconds(60)) {
            let (code, output) = try await runAudit(["--json"])
            guard code == 0 else { throw Failed("orderlog audit ended with \(code):\n\(output)") }
            return output.contains(#""wrong":0,"in_flight":0,"#)
        }
        let unique = Set(orders)
        guard unique.count == orders.count else { throw Failed("one order for two keys") }
        var confirmed = 0
        for order in orders {
            let reply = try await caller.call("GET", self.order + "/orders/\(order)")
            guard reply.string("status") == "confirmed" else { throw Failed("order \(order): \(reply.text)") }
            confirmed += reply.int("items.0.quantity") ?? 0
            _ = try await notifications(of: order, count: 2)
        }
        let list = try await caller.call("GET", self.order + "/orders?status=confirmed&limit=200").list("orders")
        guard list.count == min(orders.count, 200) else { throw Failed("\(list.count) orders, not \(orders.count)") }
        let (available, reserved) = (try await available(product) ?? 0, try await reserved(product) ?? 0)
        guard available + reserved == start, reserved == confirmed else {
            throw Failed("\(available) available, \(reserved) reserved, \(confirmed) ordered, \(start) at first")
        }
        try expectNobodyToldTwice()
    }

    /// The simulated providers write each notification that they take to the log.
    func expectNobodyToldTwice() throws {
        let name = log == .embedded ? "errors.log" : "notification.log"
        try Self.expectNobodyToldTwice(in: try String(contentsOf: folder.appending(path: name), encoding: .utf8))
    }

    static func expectNobodyToldTwice(in text: String) throws {
        var told: Set<Substring> = []
        for line in text.split(separator: "\n") where line.contains("e-mail to") || line.contains("SMS to") {
            guard let id = line.split(separator: " ").first(where: { $0.hasPrefix("notification_id=") }) else {
                continue
            }
            guard told.insert(id).inserted else { throw Failed("told twice: \(line)") }
        }
    }
}
