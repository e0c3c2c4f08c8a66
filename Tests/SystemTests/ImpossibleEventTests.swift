import EventLog
import Foundation
import Headers
import Testing

/// Events that are well-formed, and can't have happened: each group that knows puts them aside with the reason, and nobody is
/// told of them. Where nobody can know, they are taken.
@Suite(.serialized) struct ImpossibleEventTests {
    /// What `template` tells, as another step of an order, under a new id.
    private func forge(_ template: StoredRecord, _ step: String, of order: String) -> LogRecord {
        let old = String(decoding: template.key ?? [], as: UTF8.self)
        let headers = template.headers.map { header in
            switch header.name {
            case "ce_type":
                RecordHeader("ce_type", "orderlog.Order\(step.prefix(1).uppercased())\(step.dropFirst()).v1")
            case "ce_id": RecordHeader("ce_id", "forged \(UUID().uuidString)")
            case "ce_subject": RecordHeader("ce_subject", order)
            default: header
            }
        }
        let text = String(decoding: template.value ?? [], as: UTF8.self)
        return LogRecord(
            topic: "orders", key: Array(order.utf8), headers: RecordHeaders(headers),
            value: Array(text.replacing(old, with: order).replacing("\"confirmed\"", with: "\"\(step)\"").utf8))
    }

    private func letters(_ shop: Shop, _ group: String, count: Int) async throws -> [String] {
        try await eventually("\(count) letters of \(group)", within: .seconds(60)) {
            let list = try await shop.tool("dlq", "list", "--topic", "orders.\(group).dlq", "--json")
            let waiting = list.lines.compactMap {
                try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
            }.filter { $0["state"] as? String == "waits" }
            return waiting.count == count ? waiting.compactMap { $0["error"] as? String }.sorted() : nil
        }
    }

    @Test(arguments: Shop.Log.available) func whatCannotHaveHappenedIsPutAside(_ log: Shop.Log) async throws {
        try await withShop(log) { shop in
            func place() async throws -> String {
                let order = try #require(try await shop.place([("PROD-001", 1)]).string("order_id"))
                _ = try await shop.notifications(of: order, count: 2)
                return order
            }
            let (shipped, cancelled, confirmed) = (try await place(), try await place(), try await place())
            for (order, step) in [(shipped, "ship"), (cancelled, "cancel")] {
                let reply = try await shop.caller.call("POST", shop.order + "/orders/\(order)/\(step)")
                #expect(reply.status == 200, "\(reply.text)")
                _ = try await shop.notifications(of: order, count: 4)
            }
            for group in ["notification-service", "inventory-service"] { try await shop.awaitGroup(group) }
            let before = try await shop.available("PROD-001")
            let template = try #require(try await shop.events(of: confirmed).first)
            let unknown = "0190f0f0-0000-7000-8000-0000000000ff"
            var foreign = forge(template, "shipped", of: confirmed)
            foreign.headers = RecordHeaders(
                foreign.headers.map { $0.name == "ce_type" ? RecordHeader("ce_type", "com.example.Shipped") : $0 })
            let records = [
                forge(template, "confirmed", of: confirmed), forge(template, "cancelled", of: shipped),
                forge(template, "shipped", of: cancelled), forge(template, "shipped", of: unknown), foreign,
            ]
            try await shop.withLog { eventLog in
                for result in await eventLog.append(records) { _ = try result.get() }
            }
            let told = try await letters(shop, "notification-service", count: 4)
            #expect(told.count { $0.hasPrefix("OrderConfirmed happened before, as event ") } == 1)
            let reasons = [
                "OrderCancelled of an order that was shipped", "OrderShipped of an order that was cancelled",
                "OrderShipped of an order that was not confirmed",
            ]
            #expect(Set(told).isSuperset(of: reasons), "\(told)")
            #expect(
                try await letters(shop, "inventory-service", count: 2) == [
                    "OrderCancelled of an order whose stock was shipped",
                    "OrderShipped of an order whose stock was given back",
                ])
            for (order, count) in [(shipped, 4), (cancelled, 4), (confirmed, 2), (unknown, 0)] {
                let list = try await shop.caller.call("GET", shop.notification + "/notifications/order/\(order)")
                #expect(list.list("notifications").count == count)
            }
            #expect(try await shop.available("PROD-001") == before)
            let audit = try await shop.runAudit(["--wait", "1"])
            #expect(audit.code == 1)
            for problem in [
                "was both cancelled and shipped", "OrderConfirmed happened 2 times",
                "OrderShipped of an order that was not confirmed", "1 records are events of others",
            ] { #expect(audit.output.contains(problem), "\(problem): \(audit.output)") }

            // What came too early is taken when it is redriven behind what was missing.
            try await shop.withLog { eventLog in
                for result in await eventLog.append([forge(template, "confirmed", of: unknown)]) {
                    _ = try result.get()
                }
            }
            _ = try await shop.notifications(of: unknown, count: 2)
            let redriven = try await shop.tool("dlq", "redrive", "--all", "--error", "not confirmed")
            #expect(redriven.output.contains("redriven 1"), "\(redriven.output)")
            _ = try await shop.notifications(of: unknown, count: 4)
        }
    }
}
