import Foundation
import Synchronization
import Testing

/// Several replicas of each service on one PostgreSQL and one Kafka: they share everything, and double and lose nothing.
@Suite(.serialized, .enabled(if: Replicas.areAvailable, "needs Kafka and PostgreSQL: set KAFKA_HOME and POSTGRES_URL"))
struct ReplicaTests {
    /// The same request with the same key on both order services at once, fifty times: one order each.
    @Test func twoAttemptsAreOneOrder() async throws {
        try await Replicas.with { shop in
            let body = Shop.orderBody([("PROD-005", 1)])
            var orders: Set<String> = []
            let (caller, urls) = (shop.caller, [shop.url("order-0"), shop.url("order-1")])
            for number in 0..<50 {
                async let first = Shop.insist(caller, urls[0], body, key: "pair-\(number)")
                async let second = Shop.insist(caller, urls[1], body, key: "pair-\(number)")
                let ids = try await [first.string("order_id"), second.string("order_id")]
                #expect(ids[0] != nil && ids[0] == ids[1])
                orders.insert(try #require(ids[0]))
            }
            #expect(orders.count == 50)
            let product = try await shop.caller.call("GET", shop.url("inventory-1") + "/inventory/PROD-005")
            #expect(product.int("available") == 950 && product.int("reserved") == 50)
            try await shop.awaitTold(orders)
            try await shop.audit()
            try await shop.auditAsReader()
        }
    }

    /// kill -9 of every replica in turn, twice, while customers order on both order services.
    @Test func replicasMayDie() async throws {
        try await underLoad { shop in
            for _ in 0..<2 {
                for name in Replicas.all { try await shop.killAndStart(name) }
            }
        }
    }

    /// Every replica is stalled in turn, wherever it is at that moment, until the others have taken an order and published it;
    /// when it wakes up it does no harm.
    @Test func replicasMayStall() async throws {
        try await underLoad { shop in
            for name in Replicas.all {
                let other = name.hasSuffix("0") ? "order-1" : "order-0"
                shop.processes[name]?.send(SIGSTOP)
                // PostgreSQL undoes what it holds after 3 s; a call that waits for it is answered and made again.
                let reply = try await Shop.insist(
                    shop.caller, shop.url(other), Shop.orderBody([("PROD-005", 1)]), key: "during-\(name)")
                #expect(reply.status == 201)
                // Its event is published by whoever holds the lease then: another takes over within 10 s.
                try await shop.awaitEvent(of: try #require(reply.string("order_id")), within: .seconds(60))
                shop.processes[name]?.send(SIGCONT)
            }
        }
    }

    /// Customers insist on orders at both order services while `body` runs; then everything agrees.
    private func underLoad(_ body: @escaping (Replicas) async throws -> Void) async throws {
        try await Replicas.with { shop in
            let reply = try await shop.caller.call(
                "PUT", shop.url("inventory-0") + "/inventory/PROD-005/replenish", #"{"quantity":1000000}"#)
            #expect(reply.status == 200)
            let isOver = Flag()
            let urls = [shop.url("order-0"), shop.url("order-1")]
            let caller = shop.caller
            let customers = Task {
                try await withThrowingTaskGroup(of: [String].self) { group in
                    for customer in 0..<8 {
                        group.addTask {
                            var orders: [String] = []
                            while !isOver.isRaised {
                                let reply = try await Shop.insist(
                                    caller, urls[customer % 2], Shop.orderBody([("PROD-005", 1)]),
                                    key: "\(customer)-\(orders.count)", within: .seconds(90))
                                if let order = reply.string("order_id") { orders.append(order) }
                            }
                            return orders
                        }
                    }
                    return try await group.reduce(into: [String]()) { $0 += $1 }
                }
            }
            do {
                try await body(shop)
            } catch {
                isOver.raise()
                _ = try? await customers.value
                throw error
            }
            isOver.raise()
            let orders = try await customers.value
            #expect(Set(orders).count == orders.count && orders.count > 50)
            try await shop.audit()
            try await shop.awaitTold(orders.shuffled().prefix(100))
        }
    }
}

/// Raised once.
private final class Flag: Sendable {
    private let value = Atomic(false)

    var isRaised: Bool { value.load(ordering: .relaxed) }
    func raise() { value.store(true, ordering: .relaxed) }
}

extension Replicas {
    func awaitEvent(of order: String, within limit: Duration) async throws {
        try await eventually("the event of \(order)", within: limit) {
            try await self.tool("events", "tail", "--topic", "orders", "--order", order).lines.count > 0
        }
    }
}
