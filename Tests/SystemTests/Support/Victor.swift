import EventLog
import Foundation
import Headers
import Testing

/// A customer who will ask to be forgotten, with everything personal that a shop can keep of him.
struct Victor {
    static let email = "Victor.Quillfeather@Example.com"
    static let phone = "+44 1632 960777"
    /// What no file may have in it afterwards. The words stand in the name, a reason, and messages.
    static let needles = ["Victor", "Quillfeather", "960777", "moustache", "whispered"]

    /// Delivered, cancelled with a reason, and cancelled without one.
    var orders: [String] = []

    static func place(in shop: Shop, key: String? = nil) async throws -> String {
        let body = """
            {"customer":{"name":"Victor Quillfeather","email":"\(email)","phone":"\(phone)"},
             "items":[{"product_id":"PROD-001","quantity":1}],"customer_id":"Quillfeather",
             "shipping_address":{"name":"Victor","city":"960777"},"note":"Mind the\\nmoustache",
             "metadata":{"whispered":"whispered"}}
            """
        let reply = try await Shop.order(shop.caller, shop.order, body, key: key ?? UUID().uuidString)
        return try #require(reply.string("order_id"), "\(reply.text)")
    }

    static func move(_ order: String, _ moves: String..., reason: String? = nil, in shop: Shop) async throws {
        for move in moves {
            let body = reason.map { #"{"reason":"\#($0)"}"# }
            let reply = try await shop.caller.call("POST", shop.order + "/orders/\(order)/\(move)", body)
            #expect(reply.status == 200, "\(reply.text)")
        }
    }

    /// Asks for messages by hand, about `order`; the second time as a repeat.
    static func notify(_ order: String, recipient: String, key: String, in shop: Shop) async throws -> Reply {
        try await shop.caller.call(
            "POST", shop.notification + "/notify",
            #"{"order_id":"\#(order)","type":"custom","recipient":{\#(recipient)},"message":"whispered"}"#,
            headers: [("content-type", "application/json"), ("idempotency-key", key)])
    }

    init(in shop: Shop) async throws {
        orders.append(try await Self.place(in: shop, key: "victor-1"))
        try await Self.move(orders[0], "ship", "deliver", in: shop)
        orders.append(try await Self.place(in: shop))
        try await Self.move(orders[1], "cancel", reason: "because of his moustache", in: shop)
        orders.append(try await Self.place(in: shop))
        try await Self.move(orders[2], "cancel", in: shop)
        for (order, count) in zip(orders, [6, 4, 4]) { _ = try await shop.notifications(of: order, count: count) }
        let both = #""email":"\#(Self.email)","phone":"\#(Self.phone)""#
        #expect(try await Self.notify(orders[0], recipient: both, key: "n1", in: shop).status == 201)
        let stranger = "0190f0f0-0000-7000-8000-0000000000aa"
        #expect(
            try await Self.notify(stranger, recipient: #""phone":"\#(Self.phone)""#, key: "n2", in: shop).status == 201)
        _ = try await shop.notifications(of: orders[0], count: 8)
        _ = try await shop.notifications(of: stranger, count: 1)
    }

    /// A record that nobody can read, with his address in it: it is a dead letter of both groups, for a cancellation concerns both.
    func sendUnreadable(to shop: Shop) async throws {
        let template = try #require(
            try await shop.events(of: orders[1]).first { $0.headers.text("ce_type") == "orderlog.OrderCancelled.v1" })
        let headers = template.headers.map { header in
            header.name == "ce_id" ? RecordHeader("ce_id", UUID().uuidString.lowercased()) : header
        }
        let record = LogRecord(
            topic: "orders", partition: template.position.partition, key: template.key, headers: RecordHeaders(headers),
            value: Array(#"{"customer":{"email":"\#(Self.email)","name":"Victor"#.utf8))
        try await shop.withLog { _ = try await $0.append([record])[0].get() }
        try await eventually("two dead letters", within: .seconds(30)) {
            let list = try await shop.tool("dlq", "list", "--json")
            return list.lines.count == 2
        }
    }

    /// The files of a folder that have something of his in them, and what.
    static func traces(in folder: URL) throws -> [String] {
        var found: [String] = []
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        while let file = files?.nextObject() as? URL {
            // The simulated senders print what they send.
            if file.lastPathComponent == "errors.log" { continue }
            guard let bytes = try? Data(contentsOf: file) else { continue }
            for needle in needles + [phone] where bytes.range(of: Data(needle.utf8)) != nil {
                found.append("\(file.lastPathComponent): \(needle)")
            }
        }
        return found
    }
}
