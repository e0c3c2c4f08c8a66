import Foundation
import Synchronization

/// 32 customers who insist, each with keys of its own: real orders from the stream while there are any, and random ones;
/// some are shipped or cancelled, and stock is replenished.
final class ChaosCustomers: Sendable {
    static let count = 32

    struct Tally: Sendable {
        var accepted: Set<String> = []
        var doubled: [String] = []
        var refused = 0
        var retries = 0
        /// The moments of the answers 201, of the last minute or so.
        var confirmedAt: [ContinuousClock.Instant] = []
    }

    private let caller: Caller
    private let order: String
    private let inventory: String
    private let stream: [[UInt8]]
    private let next = Atomic(0)
    private let isOver = Atomic(false)
    private let tally = Mutex(Tally())

    init(_ shop: Shop, stream: [[UInt8]]) {
        caller = shop.caller
        order = shop.order
        inventory = shop.inventory
        self.stream = stream
    }

    var result: Tally { tally.withLock { $0 } }

    /// No new orders from now on.
    func stop() { isOver.store(true, ordering: .relaxed) }

    /// Until `stop`, and until each has what it asked for. Throws when something is neither done nor refused.
    func run(seed: UInt64) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<Self.count {
                group.addTask { try await self.shopping(number, SplitMix64(state: seed &+ UInt64(number))) }
            }
            try await group.waitForAll()
        }
    }

    private func shopping(_ customer: Int, _ random: SplitMix64) async throws {
        var random = random
        var turn = 0
        while !isOver.load(ordering: .relaxed) {
            turn += 1
            let key = "customer \(customer), order \(turn)"
            let body = Bool.random(using: &random) ? nextOfStream() : nil
            guard
                let id = try await place(body ?? Self.randomOrder(customer, &random), key: key)
            else { continue }
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<4: _ = try await insist("POST", order + "/orders/\(id)/ship", nil, key: "")
            case 4..<6: _ = try await insist("POST", order + "/orders/\(id)/cancel", nil, key: "")
            case 6:
                let product = "PROD-00\(Int.random(in: 1...5, using: &random))"
                _ = try await insist(
                    "PUT", inventory + "/inventory/\(product)/replenish", Array(#"{"quantity":500}"#.utf8), key: key)
            default: break
            }
        }
    }

    private func nextOfStream() -> [UInt8]? {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < stream.count else { return nil }
        return stream[index]
    }

    private static func randomOrder(_ customer: Int, _ random: inout SplitMix64) -> [UInt8] {
        let lines = (1...Int.random(in: 1...3, using: &random)).map { _ in
            ("PROD-00\(Int.random(in: 1...5, using: &random))", Int.random(in: 1...3, using: &random))
        }
        return Array(Shop.orderBody(lines, email: "customer\(customer)@example.com").utf8)
    }

    /// The id of the order; nil when it was refused.
    private func place(_ body: [UInt8], key: String) async throws -> String? {
        let reply = try await insist("POST", order + "/orders", body, key: key)
        guard reply.status == 201, let id = reply.string("order_id") else {
            tally.withLock { $0.refused += 1 }
            return nil
        }
        tally.withLock { tally in
            if !tally.accepted.insert(id).inserted { tally.doubled.append(id) }
            tally.confirmedAt.append(.now)
        }
        return id
    }

    /// The same request until it is answered for good.
    private func insist(_ method: String, _ url: String, _ body: [UInt8]?, key: String) async throws -> Reply {
        try await eventually("an answer to \(method) \(url) \(key)", within: .seconds(180)) {
            let headers = [("content-type", "application/json")] + (key.isEmpty ? [] : [("idempotency-key", key)])
            let reply = try? await caller.call(method, url, bytes: body, headers: headers, within: .seconds(5))
            if let reply, reply.status != 503 {
                guard [200, 201, 409, 422].contains(reply.status) else {
                    throw Failed("\(method) \(url): \(reply.status) \(reply.text)")
                }
                return reply
            }
            tally.withLock { $0.retries += 1 }
            // As the Retry-After of a 503 asks, but impatient.
            try await Task.sleep(for: .milliseconds(200))
            return nil
        }
    }
}
