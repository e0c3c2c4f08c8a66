import Foundation
import ServiceLife
import Synchronization
import TestBroker
import TestProcess
import Testing

/// The token between the services, with real processes: one follows another while orders go on, and a wrong one is named.
@Suite(.enabled(if: TestBroker.isAvailable, "needs Kafka: set KAFKA_HOME"))
struct InsideTokenTests {
    private static let old = String(repeating: "old-", count: 10)
    private static let new = String(repeating: "new-", count: 10)

    @Test func oneTokenFollowsAnother() async throws {
        try await withSlots(2) {
            let files = FileManager.default.temporaryDirectory.appending(path: "tokens-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: files, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: files) }
            try Self.write([Self.old], to: files)
            try await withBrokerInPlace { broker in
                let shop = try await Shop(
                    .kafka, kafka: broker.address,
                    options: ["--inside-token", files.path + "/{service}", "--log-level", "info"])
                try await withShop(shop) { shop in
                    try await shop.addProduct("LOTS", quantity: 1_000_000)
                    try await rotate(shop, files)
                    try await mend(shop, files)
                }
            }
        }
    }

    /// Under load: a line more, the lines swapped, the first gone. No order fails.
    private func rotate(_ shop: Shop, _ files: URL) async throws {
        #expect(try await metrics(of: "inventory", shop, Self.old) == 200)
        let load = Load()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask { [order = shop.order] in await load.run(at: order) }
            }
            defer { load.stop() }
            for tokens in [[Self.old, Self.new], [Self.new, Self.old], [Self.new]] {
                let services = ["inventory", "order", "notification"]
                let before = services.map { told(by: $0, shop) }
                try Self.write(tokens, to: files)
                try await eventually("every service has read them again", within: .seconds(30)) {
                    zip(services, before).allSatisfy { told(by: $0, shop) > $1 }
                }
                try await taken(tokens, by: services, shop)
            }
            load.stop()
            try await group.waitForAll()
        }
        #expect(load.failures.count == 0, "\(load.failures.first ?? ""); \(load.placed) orders were placed")
        #expect(load.placed > 20)
        for service in ["inventory", "order", "notification"] {
            #expect(try await metrics(of: service, shop, Self.old) == 401)
            #expect(try await metrics(of: service, shop, Self.new) == 200)
        }
    }

    /// The order service shows what inventory does not take, until somebody mends its file.
    private func mend(_ shop: Shop, _ files: URL) async throws {
        try Self.write([Self.old], to: files, ["order"])
        try await taken([Self.old], by: ["order"], shop)
        let refused = try await shop.placeOnce([("LOTS", 1)])
        #expect(refused.status == 503 && refused.text.contains("does not know the order service by its token"))
        #expect(!refused.text.contains(Self.old))
        // What was found a moment before is told for some seconds.
        try await eventually("health names it", within: .seconds(60)) {
            let detail = try await ask("order", "/health", shop, Self.old).string("checks.inventory.detail") ?? ""
            return detail.contains("does not take our inside token") && detail.contains("\(files.path)/order")
        }
        try await eventually("a line that says so", within: .seconds(60)) {
            shop.processes["order"]?.errorText.contains("does not take our inside token") == true
        }
        try Self.write([Self.new], to: files, ["order"])
        try await eventually("orders are taken again", within: .seconds(60)) {
            try await shop.placeOnce([("LOTS", 1)]).status == 201
        }
    }

    // MARK: - Means

    private static func write(
        _ tokens: [String], to files: URL, _ services: [String] = ["inventory", "order", "notification"]
    ) throws {
        for service in services {
            let file = files.appending(path: service)
            let next = files.appending(path: ".\(service)")
            guard
                FileManager.default.createFile(atPath: next.path, contents: nil, attributes: [.posixPermissions: 0o600])
            else { throw Failed("no file \(next.path)") }
            try Data((tokens.joined(separator: "\n") + "\n").utf8).write(to: next)
            guard rename(next.path, file.path) == 0 else { throw Failed("no file \(file.path)") }
        }
    }

    /// Waits until the services have these: those that are there are taken, and of others none.
    private func taken(_ tokens: [String], by services: [String], _ shop: Shop) async throws {
        let others = [Self.old, Self.new].filter { !tokens.contains($0) }
        for service in services {
            try await eventually("\(service) has read its tokens", within: .seconds(30)) {
                for token in tokens {
                    guard try await metrics(of: service, shop, token) == 200 else { return false }
                }
                for token in others {
                    guard try await metrics(of: service, shop, token) == 401 else { return false }
                }
                return true
            }
        }
    }

    /// How often a service has told that it has read them again.
    private func told(by service: String, _ shop: Shop) -> Int {
        (shop.processes[service]?.errorText ?? "").split(separator: "\n").count {
            $0.contains("the inside tokens were read again")
        }
    }

    private func metrics(of service: String, _ shop: Shop, _ token: String) async throws -> Int {
        try await ask(service, "/metrics", shop, token).status
    }

    private func ask(_ service: String, _ path: String, _ shop: Shop, _ token: String) async throws -> Reply {
        let door = ServiceAddress(url: shop.inside(service).base, tokens: InsideTokens([token], from: "the test"))
        return try await shop.caller.call("GET", path, inside: door)
    }

    /// Customers who place orders, one after the other each.
    private final class Load: Sendable {
        private let caller = Caller()
        private let isStopped = Atomic(false)
        private let replies = Mutex<(placed: Int, failures: [String])>((0, []))

        var placed: Int { replies.withLock { $0.placed } }
        var failures: [String] { replies.withLock { $0.failures } }

        func stop() { isStopped.store(true, ordering: .relaxed) }

        private func place(_ key: String, at order: String) async throws -> Reply {
            try await caller.call(
                "POST", order + "/orders", Shop.orderBody([("LOTS", 1)]),
                headers: [("content-type", "application/json"), ("idempotency-key", key)])
        }

        private static func isSlow(_ reply: Reply) -> Bool {
            reply.text.contains("did not answer in time") || reply.text.contains("answers too slowly")
        }

        func run(at order: String) async {
            while !isStopped.load(ordering: .relaxed) {
                let key = UUID().uuidString
                var reply = try? await place(key, at: order)
                // Not the token's doing: a process stood still for longer than inventory has to answer.
                while let slow = reply, slow.status == 503, Self.isSlow(slow), !isStopped.load(ordering: .relaxed) {
                    reply = try? await place(key, at: order)
                }
                if let reply, reply.status == 503, Self.isSlow(reply) { return }
                replies.withLock { replies in
                    if reply?.status == 201 {
                        replies.placed += 1
                    } else {
                        replies.failures.append(reply?.text ?? "no answer")
                    }
                }
            }
        }
    }
}
