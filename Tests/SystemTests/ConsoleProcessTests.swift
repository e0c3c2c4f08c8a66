import Foundation
import HTTPClient
import TestBroker
import Testing

/// The console as a process of its own, and in `up`.
@Suite struct ConsoleProcessTests {
    /// The port that a console says it is on.
    private static func port(_ process: OrderlogProcess) async throws -> Int {
        try await eventually("the console", within: .seconds(30)) {
            if !process.isRunning { throw Failed("the process ended: \(process.errorText)") }
            return process.outputText.split(separator: "\n").first { $0.hasPrefix("console ready on http://") }
                .flatMap { $0.split(separator: ":").last }.flatMap { Int($0) }
        }
    }

    /// It is the last that `up` names. Where nobody chose its port and that is taken, as by a second shop, it is on another one.
    @Test func upNamesItLastAndTwoShopsHaveTwo() async throws {
        try await withSlots(2) {
            let folder = FileManager.default.temporaryDirectory.appending(path: "orderlog-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: folder) }
            let shops = try ["one", "two"].map { name in
                let shop = folder.appending(path: name)
                try FileManager.default.createDirectory(at: shop, withIntermediateDirectories: true)
                return try OrderlogProcess(
                    [
                        "up", "--data", shop.path, "--order-port", "0", "--inventory-port", "0", "--notification-port",
                        "0",
                    ], errors: shop.appending(path: "errors.log"))
            }
            var ports: Set<Int> = []
            for shop in shops {
                ports.insert(try await Self.port(shop))
                #expect(shop.outputText.split(separator: "\n").last?.hasPrefix("console ready on ") == true)
            }
            #expect(ports.count == 2)
            for shop in shops {
                shop.send(SIGTERM)
                #expect(try await shop.ended(within: .seconds(60)) == 0)
            }
        }
    }

    /// Beside three services on Kafka it reads the log for itself, and owns nothing there.
    @Test(.enabled(if: TestBroker.isAvailable, "KAFKA_HOME names no Kafka"))
    func itTellsOfServicesOnKafka() async throws {
        try await withShop(.kafka) { shop in
            let doors = ["order", "inventory", "notification"].flatMap { name in
                ["--\(name)", "http://127.0.0.1:\(shop.ports[name] ?? 0)", "--\(name)-inside", "\(shop.inside(name))"]
            }
            let console = try OrderlogProcess(
                ["serve", "console", "--port", "0", "--internal-port", "0", "--kafka", shop.kafka ?? ""] + doors,
                errors: shop.folder.appending(path: "console.log"))
            let address = "http://127.0.0.1:\(try await Self.port(console))"
            let id = try #require(try await shop.place([("PROD-001", 1)]).string("order_id"))
            try await eventually(
                "the whole story", within: .seconds(30),
                isTrue: {
                    let story = try await shop.caller.call("GET", address + "/orders/\(id)/timeline")
                    guard story.status == 200 else { return false }
                    let entries = story.list("entries")
                    let events = entries.filter { $0["kind"] as? String == "event" }
                    let handled = entries.filter { $0["done"] as? Bool == true }
                    return events.count == 1 && handled.count == 2 && story.list("missing").isEmpty
                        && entries.contains { $0["kind"] as? String == "sent" }
                })
            let records = try await shop.caller.call("GET", address + "/api/log/topics/orders/records?key=\(id)")
            #expect(records.list("records").map { $0["type"] as? String } == ["orderlog.OrderConfirmed.v1"])
            // Twice: what was kept of the first look answers the second.
            for _ in 0..<2 {
                try await eventually(
                    "the groups, with nothing that waits", within: .seconds(60),
                    isTrue: {
                        let groups = try await shop.caller.call("GET", address + "/api/log/groups").list("groups")
                        return groups.count == 2 && groups.allSatisfy { $0["lag"] as? Int == 0 }
                    })
            }
            let letters = try await shop.caller.call("GET", address + "/api/dead-letters")
            #expect(letters.status == 200 && letters.list("letters").isEmpty)
            try await eventually("each service is well", within: .seconds(60)) {
                try await shop.caller.call("GET", address + "/api/status").list("replicas")
                    .map { $0["status"] as? String } == ["ok", "ok", "ok"]
            }
            console.send(SIGTERM)
            #expect(try await console.ended(within: .seconds(60)) == 0)
        }
    }

    /// A Kafka that stalls is a problem document, not a page that waits; and afterwards all is as before.
    @Test(.enabled(if: TestBroker.isAvailable, "KAFKA_HOME names no Kafka"))
    func aLogThatIsAwayIsToldAndComesBack() async throws {
        try await withBroker { broker in
            let folder = FileManager.default.temporaryDirectory.appending(path: "orderlog-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let console = try OrderlogProcess(
                ["serve", "console", "--port", "0", "--internal-port", "0", "--kafka", broker.address],
                errors: folder.appending(path: "console.log"))
            let address = "http://127.0.0.1:\(try await Self.port(console))"
            let caller = Caller()
            func answers(_ status: Int, _ kind: String? = nil) async throws {
                for path in ["/api/log/topics", "/api/log/groups", "/api/dead-letters"] {
                    try await eventually(
                        "\(status) for \(path)", within: .seconds(120),
                        isTrue: {
                            let reply = try await caller.call("GET", address + path)
                            return reply.status == status && (kind == nil || reply.string("type") == kind)
                        })
                }
            }
            try await answers(200)
            try await broker.pause()
            try await answers(503, "/problems/log-away")
            try await broker.resume()
            try await answers(200)
            console.send(SIGTERM)
            #expect(try await console.ended(within: .seconds(12)) == 0)
            await caller.http.close()
        }
    }
}
