import Synchronization
import Testing

/// Customers who place orders, one after the other each, and repeat what was refused for the moment under its key.
final class SteadyLoad: Sendable {
    /// Four customers order of these services while `body` does something to them. Afterwards no order has been refused, and all that
    /// were placed are found by audit.
    static func place(at services: SecureShop, during body: (SteadyLoad) async throws -> Void) async throws {
        let load = SteadyLoad(at: services.url("order"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for customer in 0..<4 { group.addTask { await load.run(customer) } }
            defer { load.stop() }
            try await load.goesOn()
            try await body(load)
            load.stop()
            try await group.waitForAll()
        }
        #expect(load.refused == [], "\(load.placed.count) orders were placed")
        try await services.audit(placed: load.placed)
    }

    private let order: String
    private let caller = Caller()
    private let isStopped = Atomic(false)
    private let replies = Mutex<(placed: Set<String>, refused: [String])>(([], []))

    private init(at order: String) { self.order = order }

    private var placed: Set<String> { replies.withLock { $0.placed } }
    private var refused: [String] { replies.withLock { $0.refused } }

    private func stop() { isStopped.store(true, ordering: .relaxed) }

    /// Until more have been placed.
    func goesOn() async throws {
        let before = placed.count
        try await eventually("orders are placed", within: .seconds(30)) { placed.count > before + 20 }
    }

    private func run(_ customer: Int) async {
        var number = 0
        while !isStopped.load(ordering: .relaxed) {
            number += 1
            let key = "rotation-\(customer)-\(number)"
            do {
                let reply = try await Shop.insist(caller, order, Shop.orderBody([("LOTS", 1)]), key: key)
                let id = reply.string("order_id") ?? ""
                replies.withLock { replies in
                    if reply.status == 201, replies.placed.insert(id).inserted { return }
                    replies.refused.append(reply.text)
                }
            } catch {
                replies.withLock { $0.refused.append("\(error)") }
            }
        }
    }
}
