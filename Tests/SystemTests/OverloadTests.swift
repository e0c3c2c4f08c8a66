import Foundation
import TestBroker
import Testing

/// Too much at once, and an inventory service that is silent: refused at once, in good order, and over when it is over.
@Suite(.serialized, .enabled(if: TestBroker.isAvailable, "needs Kafka: set KAFKA_HOME"))
struct OverloadTests {
    @Test func moreThanMayWaitIsRefusedAtOnce() async throws {
        try await withShop(.kafka, isProxied: true, options: ["--max-waiting", "10"]) { shop, _ in
            let proxy = try #require(shop.proxy)
            proxy.hold(.answers)
            let (caller, url) = (shop.caller, shop.order + "/orders")
            let replies = try await withThrowingTaskGroup(of: (Reply, Duration).self) { group in
                for _ in 0..<100 {
                    group.addTask {
                        let begin = ContinuousClock.now
                        let reply = try await caller.call("POST", url, Shop.orderBody([("PROD-005", 1)]))
                        return (reply, .now - begin)
                    }
                }
                try await eventually("ten wait", within: .seconds(60)) {
                    try await caller.call("GET", shop.order + "/orders").status == 503
                }
                // Who asks how the service is gets an answer.
                #expect(try await caller.call("GET", shop.order + "/health/live").status == 200)
                #expect(try await caller.call("GET", "/metrics", inside: shop.inside("order")).status == 200)
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(replies.allSatisfy { $0.0.status == 503 && $0.0.header("retry-after") != nil })
            let refused = replies.filter { $0.0.string("type") == "/problems/too-many-waiting" }
            #expect(refused.count >= 90, "\(refused.count)")
            // The others wait for two seconds.
            let slowest = try #require(refused.map(\.1).max())
            let waited = try #require(replies.map(\.1).max())
            #expect(slowest < waited)
            proxy.letGo()
            try await eventually("an order", within: .seconds(60)) {
                try await shop.place([("PROD-005", 1)]).status == 201
            }
        }
    }

    /// The first calls wait for their deadline; then nobody does, until one that is let through on trial is answered.
    @Test func aSilentInventoryHoldsOnlyTheFirst() async throws {
        try await withShop(.kafka) { shop in
            let inventory = try #require(shop.processes["inventory"])
            try await inventory.standStill()
            for _ in 0..<3 {
                let reply = try await shop.place([("PROD-005", 1)])
                #expect(reply.status == 503, "\(reply.text)")
            }
            let begin = ContinuousClock.now
            var atOnce = 0
            for _ in 0..<20 {
                let asked = ContinuousClock.now
                let reply = try await shop.place([("PROD-005", 1)])
                #expect(reply.string("type") == "/problems/inventory-unavailable")
                if ContinuousClock.now - asked < .seconds(1) { atOnce += 1 }
                if ContinuousClock.now - begin > .seconds(8) { break }
            }
            #expect(atOnce >= 15, "\(atOnce)")
            inventory.send(SIGCONT)
            try await eventually("an order", within: .seconds(60)) {
                try await shop.place([("PROD-005", 1)]).status == 201
            }
            try await eventually("rest", within: .seconds(30)) {
                try await shop.runAudit(["--json"]).output.contains(#""wrong":0,"in_flight":0,"#)
            }
        }
    }

    /// One call of four is held; the batches behind it go their way.
    @Test func oneStalledCallDoesNotHoldTheOthersBack() async throws {
        try await withShop(.kafka, isProxied: true) { shop, _ in
            let proxy = try #require(shop.proxy)
            proxy.hold(.answers, atMost: 1)
            let (caller, url) = (shop.caller, shop.order + "/orders")
            async let held = caller.call("POST", url, Shop.orderBody([("PROD-005", 1)]))
            try await eventually("one is held", within: .seconds(60)) { proxy.held == 1 }
            for _ in 0..<10 { #expect(try await shop.place([("PROD-005", 1)]).status == 201) }
            proxy.letGo()
            let reply = try await held
            #expect([201, 503].contains(reply.status))
        }
    }
}
