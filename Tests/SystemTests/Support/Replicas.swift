import Foundation
import TestBroker
import TestDatabase
import TestProcess

/// Two replicas of each service on a real Kafka and a real PostgreSQL.
final class Replicas {
    static let count = 2
    static var areAvailable: Bool { TestBroker.isAvailable && TestPostgreSQL.isAvailable }

    let caller = Caller()
    private let kafka: String
    /// The URL of each service's database.
    private let databases: [String: String]
    private let folder = FileManager.default.temporaryDirectory.appending(path: "orderlog-\(UUID().uuidString)")
    private(set) var processes: [String: OrderlogProcess] = [:]
    private var ports: [String: Int] = [:]
    private var insidePorts: [String: Int] = [:]
    /// Killed or stalled.
    private var away: Set<String> = []
    private let isProxied: Bool
    /// Between a replica and its database, where the test wants them: they can hold its commits.
    private(set) var databaseProxies: [String: HoldingProxy] = [:]
    /// Between order-0 and inventory-0.
    private(set) var callProxy: HoldingProxy?

    static let all = ["inventory", "order", "notification"].flatMap { service in (0..<count).map { "\(service)-\($0)" }
    }

    init(kafka: String, databases: [String: String], isProxied: Bool) async throws {
        self.kafka = kafka
        self.databases = databases
        self.isProxied = isProxied
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for name in Self.all {
            let taken = try FreePorts.take(2)
            (ports[name], insidePorts[name]) = (Int(taken[0]), Int(taken[1]))
            try await start(name)
        }
    }

    /// Runs `body` on a shop of replicas, on a broker and databases of its own.
    static func with(_ body: (Replicas) async throws -> Void) async throws {
        // Six services under load: the whole machine.
        try await withSlots(Slots.all) {
            try await withBrokerInPlace { broker in try await with(broker, isProxied: false) { try await body($0) } }
        }
    }

    /// The same, with proxies, one order at a time, and with the broker.
    static func withProxies(_ body: (Replicas, TestBroker) async throws -> Void) async throws {
        try await withSlots(2) {
            try await withBrokerInPlace { broker in
                try await with(broker, isProxied: true) { try await body($0, broker) }
            }
        }
    }

    private static func with(
        _ broker: TestBroker, isProxied: Bool, _ body: (Replicas) async throws -> Void
    ) async throws {
        try await TestPostgreSQL.withURL { order in
            try await TestPostgreSQL.withURL { inventory in
                try await TestPostgreSQL.withURL { notification in
                    let replicas = try await Replicas(
                        kafka: broker.address,
                        databases: ["order": order, "inventory": inventory, "notification": notification],
                        isProxied: isProxied)
                    do {
                        try await body(replicas)
                    } catch {
                        for (name, process) in replicas.processes {
                            print("--- \(name):\n\(process.errorText.suffix(2_000))")
                        }
                        try await replicas.remove()
                        throw error
                    }
                    try await replicas.remove()
                }
            }
        }
    }

    /// `order-1`, on the port that it had before; it has an inventory service of its own number.
    func start(_ name: String) async throws {
        let parts = name.split(separator: "-")
        let (service, number) = (String(parts[0]), String(parts[1]))
        var arguments = [
            "serve", service, "--port", "\(ports[name] ?? 0)", "--internal-port", "\(insidePorts[name] ?? 0)",
            "--kafka", kafka, "--database", try databaseURL(of: name, service),
        ]
        if service == "order" { arguments += ["--inventory", try inventoryURL(number)] }
        let process = try OrderlogProcess(arguments, errors: folder.appending(path: "\(name).log"))
        processes[name] = process
        ports[name] = try await process.port(of: service)
        insidePorts[name] = try await process.insidePort()
        away.remove(name)
    }

    private func databaseURL(of name: String, _ service: String) throws -> String {
        let url = databases[service] ?? ""
        guard isProxied, var parts = URLComponents(string: url) else { return url }
        let proxy = try databaseProxies[name] ?? HoldingProxy(to: parts.port ?? 5432, holding: Commits())
        databaseProxies[name] = proxy
        parts.port = proxy.port
        return parts.string ?? url
    }

    private func inventoryURL(_ number: String) throws -> String {
        let port = insidePorts["inventory-\(number)"] ?? 0
        guard isProxied, number == "0" else { return "http://127.0.0.1:\(port)" }
        let proxy = try callProxy ?? HoldingProxy(to: port, holding: ReserveCalls())
        callProxy = proxy
        return "http://127.0.0.1:\(proxy.port)"
    }

    func kill(_ name: String) async throws {
        away.insert(name)
        try await processes[name]?.killNow()
    }

    func stall(_ name: String) {
        away.insert(name)
        processes[name]?.send(SIGSTOP)
    }

    func wake(_ name: String) {
        processes[name]?.send(SIGCONT)
        away.remove(name)
    }

    func killAndStart(_ name: String) async throws {
        try await kill(name)
        try await start(name)
    }

    /// Of a replica of the service that is not away.
    func url(ofAny service: String) -> String {
        url((0..<Self.count).map { "\(service)-\($0)" }.first { !away.contains($0) } ?? "\(service)-0")
    }

    func url(_ name: String) -> String { "http://127.0.0.1:\(ports[name] ?? 0)" }

    private func remove() async throws {
        for process in processes.values {
            process.send(SIGCONT)
            process.send(SIGKILL)
        }
        for process in processes.values { _ = try await process.ended(within: .seconds(60)) }
        for proxy in databaseProxies.values { proxy.stop() }
        callProxy?.stop()
        try? FileManager.default.removeItem(at: folder)
    }

    /// What a query answers from a service's database, a line for each row.
    func rows(_ service: String, _ sql: String) async throws -> [String] {
        try await TestPostgreSQL.rows(sql, in: databases[service] ?? "")
    }

    func dump(_ service: String) async throws -> String { try await TestPostgreSQL.dump(databases[service] ?? "") }

    /// `orderlog customers WORDS`
    func customers(_ words: String...) async throws -> ToolResult {
        let options = ["order", "notification"].flatMap { ["--\($0)-database", databases[$0] ?? ""] }
        return try await Shop.tool(["customers"] + words + options + ["--kafka", kafka])
    }

    func tool(_ words: String..., within limit: Duration = .seconds(120)) async throws -> ToolResult {
        try await Shop.tool(words + ["--kafka", kafka], within: limit)
    }

    /// Throws unless databases and log agree.
    func audit() async throws { try await audit(databases) }

    private func audit(_ databases: [String: String]) async throws {
        // A reader's address has a password, and that is no argument.
        let result = try await Shop.tool(
            ["audit", "--wait", "40", "--kafka", kafka],
            environment: Dictionary(
                uniqueKeysWithValues: databases.map { ("\($0.uppercased())_DATABASE_URL", $1) }),
            within: .seconds(120))
        guard result.code == 0 else { throw Failed("orderlog audit ended with \(result.code):\n\(result.output)") }
    }

    /// The same by a role that may read the tables, and nothing else.
    func auditAsReader() async throws {
        let role = "reader_" + UUID().uuidString.lowercased().replacing("-", with: "")
        let owner = databases["order"] ?? ""
        _ = try await TestPostgreSQL.rows(
            "CREATE ROLE \(role) LOGIN PASSWORD '\(role)'; ALTER ROLE \(role) SET default_transaction_read_only = on",
            in: owner)
        var own: [String: String] = [:]
        for (service, url) in databases {
            _ = try await TestPostgreSQL.rows(
                """
                DO $$ BEGIN EXECUTE 'REVOKE ALL ON DATABASE ' || current_database() || ' FROM PUBLIC';
                EXECUTE 'GRANT CONNECT ON DATABASE ' || current_database() || ' TO \(role)'; END $$;
                REVOKE ALL ON SCHEMA public FROM PUBLIC; GRANT USAGE ON SCHEMA public TO \(role);
                GRANT SELECT ON ALL TABLES IN SCHEMA public TO \(role)
                """, in: url)
            guard var parts = URLComponents(string: url) else { throw Failed(url) }
            (parts.user, parts.password) = (role, role)
            own[service] = parts.string
        }
        try await audit(own)
        for url in databases.values { _ = try await TestPostgreSQL.rows("DROP OWNED BY \(role)", in: url) }
        _ = try await TestPostgreSQL.rows("DROP ROLE \(role)", in: owner)
    }

    func expectNobodyToldTwice() throws {
        let logs = try (0..<Self.count).map { number in
            try String(contentsOf: folder.appending(path: "notification-\(number).log"), encoding: .utf8)
        }
        try Shop.expectNobodyToldTwice(in: logs.joined(separator: "\n"))
    }

    /// Until each of these orders has its two notifications, sent, and no more.
    func awaitTold(_ orders: some Collection<String>) async throws {
        for order in orders {
            try await eventually("what was told of \(order)", within: .seconds(60)) {
                let reply = try? await caller.call("GET", url(ofAny: "notification") + "/notifications/order/\(order)")
                let list = reply?.list("notifications") ?? []
                if list.count > 2 { throw Failed("\(list.count) notifications of \(order)") }
                return list.count == 2 && list.allSatisfy { $0["status"] as? String == "sent" }
            }
        }
    }
}
