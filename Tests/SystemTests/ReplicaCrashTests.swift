import Foundation
import TestBroker
import Testing

/// The crash matrix with two replicas of each service on one PostgreSQL: kill -9 of one of them at each boundary between
/// two commits, reached from outside, or SIGSTOP there. While it is away the others bring the order to its end; when it is
/// back, everything agrees.
@Suite(.enabled(if: Replicas.areAvailable, "needs Kafka and PostgreSQL: set KAFKA_HOME and POSTGRES_URL"))
struct ReplicaCrashTests {
    private static let product = "PROD-005"
    private static let start = 1_000

    enum Fate: CaseIterable, Sendable {
        case killed
        /// For longer than the others wait for it; then it wakes up and goes on where it was.
        case stalled
    }

    /// A shop in which a customer insists on an order, at whichever order service answers. `bring` brings a replica to
    /// the boundary where its fate strikes it, and names it.
    private func crash(
        _ fate: Fate,
        bring: (_ shop: Replicas, _ broker: TestBroker, _ customer: ReplicaCustomer) async throws -> String
    ) async throws {
        try await Replicas.withProxies { shop, broker in
            let customer = ReplicaCustomer(shop)
            let victim = try await bring(shop, broker, customer)
            switch fate {
            case .killed:
                try await shop.kill(victim)
                // What it was about to say, and to hear, is lost.
                for proxy in shop.proxies(of: victim) { proxy.cut() }
            case .stalled: shop.stall(victim)
            }
            for name in Replicas.all where name != victim { shop.databaseProxies[name]?.letGo() }
            try await broker.resume()
            try await shop.awaitTold([try await customer.order()])
            switch fate {
            case .killed: try await shop.start(victim)
            case .stalled:
                for proxy in shop.proxies(of: victim) { proxy.letGo() }
                shop.wake(victim)
            }
            try await shop.audit()
            #expect(try await shop.rows("order", "SELECT count(*), max(status) FROM orders") == ["1|confirmed"])
            #expect(try await shop.rows("notification", "SELECT count(*) FROM notifications") == ["2"])
            let stock = try await shop.caller.call("GET", shop.url("inventory-1") + "/inventory/\(Self.product)")
            #expect(stock.int("available") == Self.start - 1 && stock.int("reserved") == 1)
            try shop.expectNobodyToldTwice()
        }
    }

    /// A replica of the service has asked for the commit behind a statement like this, and PostgreSQL has not heard of it; nor of the
    /// statement, where they go out together.
    private func beforeCommit(_ fate: Fate, _ service: String, behind statement: String) async throws {
        try await crash(fate) { shop, _, customer in
            shop.holdCommits(service)
            customer.begin()
            return try await shop.awaitHeldCommit(service, behind: statement)
        }
    }

    /// PostgreSQL has committed, so that there are as many rows, and the replica that asked for it does not know.
    private func afterCommit(
        _ fate: Fate, _ service: String, behind statement: String, rows count: Int, of query: String
    ) async throws {
        try await crash(fate) { shop, _, customer in
            shop.holdCommits(service)
            customer.begin()
            let name = try await shop.awaitHeldCommit(service, behind: statement)
            shop.databaseProxies[name]?.holdAnswersInstead()
            try await until("it is committed") { try await shop.rows(service, query).count == count }
            return name
        }
    }

    // MARK: - Order service

    @Test(arguments: Fate.allCases) func orderServiceBeforeTheReserveCall(_ fate: Fate) async throws {
        try await crash(fate) { shop, _, customer in
            let proxy = try #require(shop.callProxy)
            proxy.hold(.calls)
            customer.begin()
            try await until("a call is held") { proxy.held > 0 }
            return "order-0"
        }
    }

    @Test(arguments: Fate.allCases) func orderServiceAfterTheReservationBeforeItsAnswer(_ fate: Fate) async throws {
        try await crash(fate) { shop, _, customer in
            let proxy = try #require(shop.callProxy)
            proxy.hold(.answers)
            customer.begin()
            try await until("stock is held") { try await shop.reservations() == 1 }
            return "order-0"
        }
    }

    @Test(arguments: Fate.allCases) func orderServiceBeforeItsCommit(_ fate: Fate) async throws {
        try await beforeCommit(fate, "order", behind: "INSERT INTO orders")
    }

    @Test(arguments: Fate.allCases) func orderServiceAfterItsCommitBeforeItKnows(_ fate: Fate) async throws {
        try await afterCommit(fate, "order", behind: "INSERT INTO orders", rows: 1, of: "SELECT 1 FROM orders")
    }

    /// The replica lives, and the answer of its database is lost. A customer without a key could not ask again.
    @Test func orderServiceReadsBackACommitWhoseAnswerIsLost() async throws {
        try await Replicas.withProxies { shop, _ in
            shop.holdCommits("order")
            let (caller, url) = (shop.caller, shop.url("order-0") + "/orders")
            async let reply = caller.call("POST", url, Shop.orderBody([(Self.product, 1)]))
            let name = try await shop.awaitHeldCommit("order", behind: "INSERT INTO orders")
            shop.databaseProxies[name]?.holdAnswersInstead()
            try await until("it is committed") { try await shop.rows("order", "SELECT 1 FROM orders").count == 1 }
            for proxy in shop.databaseProxies.values { proxy.cut() }
            let order = try await reply
            #expect(order.status == 201, "\(order.text)")
            try await shop.awaitTold([try #require(order.string("order_id"))])
            try await shop.audit()
            #expect(try await shop.rows("order", "SELECT count(*), max(status) FROM orders") == ["1|confirmed"])
        }
    }

    /// order-0 was the first to start, and so the one that publishes.
    @Test(arguments: Fate.allCases) func orderServiceAfterItsCommitBeforeThePublish(_ fate: Fate) async throws {
        try await crash(fate) { shop, broker, customer in
            try await broker.pause()
            customer.begin()
            _ = try await customer.order()
            return "order-0"
        }
    }

    @Test(arguments: Fate.allCases) func orderServiceAfterThePublishBeforeItIsMarked(_ fate: Fate) async throws {
        try await crash(fate) { shop, broker, customer in
            try await broker.pause()
            customer.begin()
            let order = try await customer.order()
            shop.holdCommits("order")
            try await broker.resume()
            let name = try await shop.awaitHeldCommit("order", behind: "UPDATE outbox")
            // Twice, where the broker was still for so long that it did not say in time that it has the first.
            #expect(try await shop.events(of: order) >= 1)
            return name
        }
    }

    // MARK: - Inventory service

    @Test(arguments: Fate.allCases) func inventoryServiceBeforeItsCommit(_ fate: Fate) async throws {
        try await beforeCommit(fate, "inventory", behind: "UPDATE products")
    }

    @Test(arguments: Fate.allCases) func inventoryServiceAfterItsCommitBeforeItKnows(_ fate: Fate) async throws {
        try await afterCommit(fate, "inventory", behind: "UPDATE products", rows: 1, of: "SELECT 1 FROM reservations")
    }

    @Test(arguments: Fate.allCases) func inventoryServiceAfterItsCommitBeforeItsAnswer(_ fate: Fate) async throws {
        try await crash(fate) { shop, _, customer in
            shop.callProxy?.hold(.answers)
            customer.begin()
            try await until("stock is held") { try await shop.reservations() == 1 }
            return "inventory-0"
        }
    }

    // MARK: - Notification service

    @Test(arguments: Fate.allCases) func notificationServiceBeforeItsCommit(_ fate: Fate) async throws {
        try await beforeCommit(fate, "notification", behind: "INSERT INTO notifications")
    }

    /// Before the offset is stored, too.
    @Test(arguments: Fate.allCases) func notificationServiceAfterItsCommitBeforeItKnows(_ fate: Fate) async throws {
        try await afterCommit(
            fate, "notification", behind: "INSERT INTO notifications", rows: 2, of: "SELECT 1 FROM notifications")
    }

    /// Stored as claimed for a delivery, and the provider has taken nothing: the claim has to end before another takes it up.
    @Test(arguments: Fate.allCases) func notificationServiceBeforeADelivery(_ fate: Fate) async throws {
        try await beforeCommit(fate, "notification", behind: "INSERT INTO simulated_provider")
    }

    @Test(arguments: Fate.allCases) func notificationServiceAfterADeliveryBeforeItIsMarked(_ fate: Fate) async throws {
        try await beforeCommit(fate, "notification", behind: "UPDATE notifications SET status")
    }

    private func until(_ what: String, _ condition: () async throws -> Bool) async throws {
        try await eventually(what, within: .seconds(30)) { try await condition() }
    }
}

/// Places an order in the background, at this order service or that, until one of them confirms it.
final class ReplicaCustomer {
    private let caller: Caller
    private let urls: [String]
    private var task: Task<String, any Error>?

    init(_ shop: Replicas) {
        caller = shop.caller
        urls = [shop.url("order-0"), shop.url("order-1")]
    }

    /// At order-0 first.
    func begin() {
        let (caller, urls, body) = (caller, urls, Shop.orderBody([("PROD-005", 1)]))
        task = Task {
            for attempt in 0... {
                let reply = try? await Shop.insist(
                    caller, urls[attempt % urls.count], body, key: "order", within: .zero)
                if let order = reply?.string("order_id") { return order }
                guard attempt < 300 else { break }
                try await Task.sleep(for: .milliseconds(100))
            }
            throw Failed("nobody confirms the order")
        }
    }

    func order() async throws -> String { try await task?.value ?? "" }
}

extension Replicas {
    /// What may hold something of a replica's.
    func proxies(of name: String) -> [HoldingProxy] {
        [databaseProxies[name], name == "order-0" || name == "inventory-0" ? callProxy : nil].compactMap(\.self)
    }

    func holdCommits(_ service: String) {
        for (name, proxy) in databaseProxies where name.hasPrefix(service) { proxy.hold(.calls) }
    }

    /// The replica of which a commit is held whose last statement is one like this. Commits behind other statements pass.
    func awaitHeldCommit(_ service: String, behind statement: String) async throws -> String {
        try await eventually("a commit behind \(statement) is held", within: .seconds(30)) {
            for (name, proxy) in databaseProxies where name.hasPrefix(service) {
                let held = proxy.callsHeld
                for (number, before) in held where !before.contains(statement) { proxy.passCall(number) }
                if held.values.contains(where: { $0.contains(statement) }) { return name }
            }
            return nil
        }
    }

    func reservations() async throws -> Int { try await rows("inventory", "SELECT 1 FROM reservations").count }

    func events(of order: String) async throws -> Int {
        try await tool("events", "tail", "--topic", "orders", "--order", order).lines.count
    }
}
