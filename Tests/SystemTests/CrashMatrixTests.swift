import EventLog
import Foundation
import Synchronization
import TestBroker
import Testing

/// kill -9 at each boundary between two commits, reached from outside. Afterwards everything agrees: each order that was
/// asked for is there once, and each customer was told once.
///
/// What the tests hold: a call or an answer in a proxy, a commit by the database's write lock, an append by the log's
/// (the embedded log), or by a broker that is stopped (Kafka). On the embedded log a kill hits all three services.
@Suite struct CrashMatrixTests {
    private static let product = "PROD-005"
    private static let start = 1_000

    /// A shop in which a customer insists on some orders while `crash` brings it down and up again.
    private func crash(
        _ log: Shop.Log, orders: Int = 1,
        _ crash: (_ shop: Shop, _ broker: TestBroker?, _ customer: Customer) async throws -> Void
    ) async throws {
        try await withShop(log, isProxied: true) { shop, broker in
            let customer = Customer(shop, orders: orders)
            try await crash(shop, broker, customer)
            let ids = try await customer.ids()
            #expect(ids.count == orders)
            try await shop.expectConsistent(orders: ids, product: Self.product, start: Self.start)
        }
    }

    private final class Seen: Sendable {
        let refusals = Atomic(0)
        let confirmations = Atomic(0)
    }

    /// Places orders in the background, once it is told to.
    private final class Customer {
        private let shop: Shop
        private let orders: Int
        private let seen = Seen()
        private var tasks: [Task<String, any Error>] = []

        init(_ shop: Shop, orders: Int) {
            self.shop = shop
            self.orders = orders
        }

        func begin() {
            let (caller, url, seen) = (shop.caller, shop.order, seen)
            tasks = (0..<orders).map { number in
                Task {
                    let reply = try await Shop.insist(
                        caller, url, Shop.orderBody([(CrashMatrixTests.product, 1)]), key: "order \(number)",
                        refused: { seen.refusals.add(1, ordering: .relaxed) })
                    seen.confirmations.add(1, ordering: .relaxed)
                    return reply.string("order_id") ?? ""
                }
            }
        }

        var isRefused: Bool { seen.refusals.load(ordering: .relaxed) > 0 }
        var isConfirmed: Bool { seen.confirmations.load(ordering: .relaxed) == orders }

        func ids() async throws -> [String] {
            var ids: [String] = []
            for task in tasks { ids.append(try await task.value) }
            return ids
        }
    }

    private func until(_ what: String, _ condition: () async throws -> Bool) async throws {
        try await eventually(what, within: .seconds(30)) { try await condition() }
    }

    // MARK: - Order service

    @Test(.enabled(if: TestBroker.isAvailable, "needs Kafka: set KAFKA_HOME"))
    func orderServiceBeforeTheReserveCall() async throws {
        try await crash(.kafka) { shop, _, customer in
            let proxy = try #require(shop.proxy)
            proxy.hold(.calls)
            customer.begin()
            try await until("a call is held") { proxy.held > 0 }
            try await shop.killAndStart("order") { proxy.cut() }
        }
    }

    @Test(.enabled(if: TestBroker.isAvailable, "needs Kafka: set KAFKA_HOME"))
    func orderServiceAfterTheReservationBeforeItsAnswer() async throws {
        try await crash(.kafka) { shop, _, customer in
            let proxy = try #require(shop.proxy)
            proxy.hold(.answers)
            customer.begin()
            try await until("stock is held") { try await shop.reserved(Self.product) == 1 }
            try await shop.killAndStart("order") { proxy.cut() }
        }
    }

    /// The same, and the customer does not come back: the stock is given back within 15 s.
    @Test(.enabled(if: TestBroker.isAvailable, "needs Kafka: set KAFKA_HOME"))
    func orderServiceAfterTheReservationOfSomeoneWhoLeaves() async throws {
        try await withShop(.kafka, isProxied: true) { shop, _ in
            let proxy = try #require(shop.proxy)
            proxy.hold(.answers)
            let (caller, url) = (shop.caller, shop.order + "/orders")
            let leaving = Task { try? await caller.call("POST", url, Shop.orderBody([(Self.product, 1)])) }
            try await until("stock is held") { try await shop.reserved(Self.product) == 1 }
            let lateness = Lateness()
            try await shop.killAndStart("order") { proxy.cut() }
            #expect(await leaving.value?.status != 201)
            try await until("the stock is given back") { try await shop.available(Self.product) == Self.start }
            let held = try await shop.count(
                "inventory", "SELECT max(updated_at - created_at) FROM reservations WHERE state = 1")
            print("stock of an interrupted order was held for \(held) ms")
            // What the machine gave to others meanwhile is not the shop's time.
            #expect((1...15_000 + lateness.milliseconds).contains(held))
            try await shop.expectConsistent(orders: [], product: Self.product, start: Self.start)
        }
    }

    @Test(arguments: Shop.Log.available) func orderServiceBeforeItsCommit(_ log: Shop.Log) async throws {
        try await crash(log) { shop, _, customer in
            shop.proxy?.hold(.calls, atMost: 0)
            let lock = try await HeldLock(shop.database("order"))
            customer.begin()
            try await until("stock is held, and the answer is there") {
                let isAnswered = shop.proxy.map { $0.answered > 0 } ?? true
                return try await shop.reserved(Self.product) == 1 && isAnswered
            }
            #expect(!customer.isConfirmed)
            try await shop.killAndStart("order") { await lock.release() }
        }
    }

    @Test(arguments: Shop.Log.available) func orderServiceAfterItsCommitBeforeThePublish(_ log: Shop.Log) async throws {
        try await crash(log) { shop, broker, customer in
            let held = try await shop.holdLog(broker)
            customer.begin()
            try await until("confirmed") { customer.isConfirmed }
            try await shop.killAndStart("order") { try await held.release() }
        }
    }

    @Test(arguments: Shop.Log.available) func orderServiceAfterThePublishBeforeItIsMarked(_ log: Shop.Log) async throws
    {
        try await crash(log) { shop, broker, customer in
            let held = try await shop.holdLog(broker)
            customer.begin()
            try await until("confirmed") { customer.isConfirmed }
            let lock = try await HeldLock(shop.database("order"))
            try await held.release()
            let id = try #require(try await customer.ids().first)
            try await until("published") { await shop.isOnLog(id) }
            try await shop.killAndStart("order") { await lock.release() }
            // Published again, once or more often, which readers drop.
            try await until("marked") { try await shop.outboxWaiting("order") == 0 }
            #expect(try await shop.events(of: id).count >= 2)
        }
    }

    // MARK: - Inventory service

    @Test(arguments: Shop.Log.available) func inventoryServiceBeforeItsCommit(_ log: Shop.Log) async throws {
        try await crash(log) { shop, _, customer in
            let lock = try await HeldLock(shop.database("inventory"))
            customer.begin()
            try await until("the call has waited in vain") { customer.isRefused }
            try await shop.killAndStart("inventory") { await lock.release() }
        }
    }

    @Test(.enabled(if: TestBroker.isAvailable, "needs Kafka: set KAFKA_HOME"))
    func inventoryServiceAfterItsCommit() async throws {
        try await crash(.kafka) { shop, _, customer in
            let proxy = try #require(shop.proxy)
            proxy.hold(.answers)
            customer.begin()
            try await until("stock is held") { try await shop.reserved(Self.product) == 1 }
            try await shop.killAndStart("inventory") { proxy.cut() }
        }
    }

    // MARK: - Notification service

    @Test(arguments: Shop.Log.available) func notificationServiceBeforeItsCommit(_ log: Shop.Log) async throws {
        try await crash(log) { shop, _, customer in
            let lock = try await HeldLock(shop.database("notification"))
            customer.begin()
            let id = try #require(try await customer.ids().first)
            try await until("the event is on the log") { await shop.isOnLog(id) }
            try await shop.killAndStart("notification") { await lock.release() }
        }
    }

    @Test(arguments: Shop.Log.available)
    func notificationServiceAfterItsCommitBeforeTheOffsetIsStored(_ log: Shop.Log) async throws {
        try await crash(log) { shop, _, customer in
            customer.begin()
            let id = try #require(try await customer.ids().first)
            try await until("queued") {
                try await !shop.caller.call("GET", shop.notification + "/notifications/order/\(id)")
                    .list("notifications").isEmpty
            }
            try await shop.killAndStart("notification")
        }
    }

    @Test(arguments: Shop.Log.available) func notificationServiceAfterTheOffsetIsStored(_ log: Shop.Log) async throws {
        try await crash(log) { shop, _, customer in
            customer.begin()
            try await shop.withLog { eventLog in
                try await until("stored") {
                    try await eventLog.committedOffsets(group: "notification-service").contains { $0.offset > 0 }
                }
            }
            try await shop.killAndStart("notification")
        }
    }

    /// Some are delivered and not marked, others are claimed, others queued.
    @Test(arguments: Shop.Log.available) func notificationServiceBetweenTwoDeliveries(_ log: Shop.Log) async throws {
        try await crash(log, orders: 150) { shop, _, customer in
            customer.begin()
            let name = log == .embedded ? "order" : "notification"
            let process = try #require(shop.processes[name])
            try await until("the first are told") { process.errorText.contains("e-mail to") }
            try await shop.killAndStart("notification")
        }
    }
}

extension Shop {
    func database(_ service: String) -> String { folder.path + "/\(service).db" }

    /// kill -9 of a service, which on the embedded log is all of them; then what held it is let go, and it starts again.
    func killAndStart(_ name: String, letGo: () async throws -> Void = {}) async throws {
        try await processes[name]?.killNow()
        try await letGo()
        switch log {
        case .embedded: try await start()
        case .kafka: try await start(name)
        }
    }

    /// Nothing can be appended to the log until `release`.
    func holdLog(_ broker: TestBroker?) async throws -> HeldLog {
        guard let broker else { return HeldLog(lock: try await HeldLock(database("log")), broker: nil) }
        try await broker.pause()
        return HeldLog(lock: nil, broker: broker)
    }

    struct HeldLog {
        let lock: HeldLock?
        let broker: TestBroker?

        func release() async throws {
            await lock?.release()
            try await broker?.resume()
        }
    }

    /// Not, as long as the log does not answer.
    func isOnLog(_ order: String) async -> Bool { (try? await events(of: order))?.isEmpty == false }

    func outboxWaiting(_ service: String) async throws -> Int64 {
        try await count(service, "SELECT count(*) FROM outbox WHERE published_at IS NULL")
    }
}
