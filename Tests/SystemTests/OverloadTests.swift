import Foundation
import TestBroker
import Testing

/// Too much at once, and an inventory service that is silent: refused at once, in good order, and over when it is over.
@Suite(.serialized, .enabled(if: TestBroker.isAvailable, "needs Kafka: set KAFKA_HOME"))
struct OverloadTests {
    @Test func moreThanMayWaitIsRefusedAtOnce() async throws {
        try await withShop(.kafka, isProxied: true, options: ["--max-waiting", "10"]) { shop, _ in
            let proxy = try #require(shop.proxy)
            // A connection for each, so that they stand in the service's queue and not in the client's.
            let (customers, onlooker) = (Caller(connections: 100), shop.caller)
            for attempt in 1...5 {
                proxy.hold(.answers)
                let replies = try await flood(customers, shop, onlooker)
                #expect(replies.allSatisfy { $0.reply.status == 503 && $0.reply.header("retry-after") != nil })
                let refused = replies.filter { $0.reply.string("type") == "/problems/too-many-waiting" }
                let slowest = try #require(refused.map(\.took).max())
                let waited = try #require(replies.map(\.took).max())
                // The ten wait for two seconds. Where the machine gives the hundred no time to come meanwhile, others wait, too.
                let isSo = refused.count >= 90 && slowest < waited
                if isSo { break }
                #expect(isSo || attempt < 5, "\(refused.count) were refused, the last after \(slowest)")
                proxy.letGo()
                try await eventually("an order", within: .seconds(60)) {
                    try await shop.placeOnce([("PROD-005", 1)]).status == 201
                }
            }
            proxy.letGo()
            try await eventually("an order", within: .seconds(60)) {
                try await shop.placeOnce([("PROD-005", 1)]).status == 201
            }
        }
    }

    /// A hundred orders at once.
    private func flood(
        _ customers: Caller, _ shop: Shop, _ onlooker: Caller
    ) async throws -> [(reply: Reply, took: Duration)] {
        let url = shop.order + "/orders"
        return try await withThrowingTaskGroup(of: (reply: Reply, took: Duration).self) { group in
            for _ in 0..<100 {
                group.addTask {
                    let begin = ContinuousClock.now
                    let reply = try await customers.call("POST", url, Shop.orderBody([("PROD-005", 1)]))
                    return (reply, .now - begin)
                }
            }
            // Who asks how the service is gets an answer.
            #expect(try await onlooker.call("GET", shop.order + "/health/live").status == 200)
            #expect(try await onlooker.call("GET", "/metrics", inside: shop.inside("order")).status == 200)
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    /// The first calls wait for their deadline; then nobody does, until one that is let through on trial is answered.
    @Test func aSilentInventoryHoldsOnlyTheFirst() async throws {
        try await withShop(.kafka) { shop in
            let inventory = try #require(shop.processes["inventory"])
            try await inventory.standStill()
            for _ in 0..<3 {
                let reply = try await shop.placeOnce([("PROD-005", 1)])
                #expect(reply.status == 503, "\(reply.text)")
            }
            var atOnce = 0
            // With a breaker that breaks nothing each takes its two seconds, and none is at once.
            try await eventually("fifteen are refused at once", within: .seconds(60)) {
                let asked = ContinuousClock.now
                let reply = try await shop.placeOnce([("PROD-005", 1)])
                #expect(reply.string("type") == "/problems/inventory-unavailable")
                if ContinuousClock.now - asked < .seconds(1) { atOnce += 1 }
                return atOnce >= 15
            }
            inventory.send(SIGCONT)
            try await eventually("an order", within: .seconds(60)) {
                try await shop.placeOnce([("PROD-005", 1)]).status == 201
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
