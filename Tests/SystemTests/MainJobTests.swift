import EventLog
import Foundation
import TestBroker
import Testing

/// The main job, on both logs: an order is confirmed, published and notified; moved, and notified again.
@Suite(.serialized) struct MainJobTests {
    @Test(arguments: Shop.Log.available) func anOrderIsConfirmedPublishedAndNotified(_ log: Shop.Log) async throws {
        try await withShop(log) { shop in
            let before = try await shop.available("PROD-001") ?? 0
            let reply = try await shop.place([("PROD-001", 2)])
            #expect(reply.status == 201, "\(reply.text)")
            let id = try #require(reply.string("order_id"))
            #expect(reply.header("location") == "/orders/\(id)")
            #expect(reply.string("status") == "confirmed")
            #expect(reply.int("total.amount") == 2 * 129_999)

            let again = try await shop.caller.call("GET", shop.order + "/orders/\(id)")
            #expect(again.text == reply.text)
            #expect(try await shop.available("PROD-001") == before - 2)

            let told = try await shop.notifications(of: id, count: 2)
            #expect(Set(told.compactMap { $0["channel"] as? String }) == ["email", "sms"])
            #expect(
                Set(told.compactMap { $0["recipient"] as? String }) == ["ada@example.com", "+44 20 7946 0000"])

            let events = try await shop.events(of: id)
            #expect(events.compactMap { $0.header("ce_type") } == ["orderlog.OrderConfirmed.v1"])
            let event = try #require(events.first)
            #expect(event.header("ce_specversion") == "1.0")
            #expect(event.header("ce_subject") == id)
            #expect(event.header("content-type") == "application/json")
            #expect(event.header("traceparent") != nil)
            // The answer has the order's history besides, as its last member.
            let data = String(decoding: event.value ?? [], as: UTF8.self)
            #expect(reply.text.hasPrefix(data.dropLast() + #","history":[{"status":"confirmed""#))
        }
    }

    @Test(arguments: Shop.Log.available) func movesAreNotifiedAndACancellationGivesBack(_ log: Shop.Log) async throws {
        try await withShop(log) { shop in
            let start = try await shop.available("PROD-002") ?? 0
            let shipped = try #require(try await shop.place([("PROD-002", 3)]).string("order_id"))
            let cancelled = try #require(try await shop.place([("PROD-002", 4)]).string("order_id"))
            #expect(try await shop.reserved("PROD-002") == 7)

            func move(_ id: String, _ move: String, _ body: String? = nil) async throws -> Reply {
                try await shop.caller.call("POST", shop.order + "/orders/\(id)/\(move)", body)
            }
            #expect(try await move(shipped, "deliver").status == 409)
            #expect(try await move(shipped, "ship").string("status") == "shipped")
            #expect(try await move(shipped, "ship").status == 200)
            #expect(try await move(shipped, "cancel").status == 409)
            #expect(try await move(shipped, "deliver").string("status") == "delivered")
            let reply = try await move(cancelled, "cancel", #"{"reason":"changed my mind"}"#)
            #expect(reply.string("reason") == "changed my mind")
            #expect(try await move(cancelled, "ship").status == 409)

            // Confirmed, shipped, delivered; confirmed, cancelled; each by e-mail and SMS.
            _ = try await shop.notifications(of: shipped, count: 6)
            let told = try await shop.notifications(of: cancelled, count: 4)
            #expect(told.contains { ($0["body"] as? String)?.contains("changed my mind") == true })
            try await eventually("stock given back", within: .seconds(60)) {
                let available = try await shop.available("PROD-002")
                let reserved = try await shop.reserved("PROD-002")
                return available == start - 3 && reserved == 0
            }
            #expect(
                try await shop.events(of: shipped).compactMap { $0.header("ce_type") } == [
                    "orderlog.OrderConfirmed.v1", "orderlog.OrderShipped.v1", "orderlog.OrderDelivered.v1",
                ])
        }
    }

    @Test(arguments: Shop.Log.available) func whatWasAcceptedIsThereAfterARestart(_ log: Shop.Log) async throws {
        try await withShop(log) { shop in
            let id = try #require(try await shop.place([("PROD-003", 1)]).string("order_id"))
            _ = try await shop.notifications(of: id, count: 2)
            let stopped = try await shop.stop()
            #expect(stopped.allSatisfy { $0 == 0 })
            try await shop.start()
            #expect(try await shop.caller.call("GET", shop.order + "/orders/\(id)").string("status") == "confirmed")
            _ = try await shop.notifications(of: id, count: 2)

            // And after a crash: the order is acknowledged, all else may be in flight.
            let late = try #require(try await shop.place([("PROD-003", 1)]).string("order_id"))
            try await shop.killAll()
            try await shop.start()
            #expect(try await shop.caller.call("GET", shop.order + "/orders/\(late)").status == 200)
            _ = try await shop.notifications(of: late, count: 2)
        }
    }

    /// Skipped, and so reported, where the tests on Kafka are left out.
    @Test(.enabled(if: TestBroker.isAvailable, "the tests on Kafka need KAFKA_HOME and Java 17"))
    func theTestsRunOnKafkaToo() {
        #expect(Shop.Log.available.contains(.kafka))
    }
}
