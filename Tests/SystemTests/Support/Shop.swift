import EventLog
import Foundation
import Kafka
import ServiceLife
import TestBroker

/// The three services as a user runs them, in real processes.
final class Shop {
    enum Log: Sendable, CustomStringConvertible {
        /// `orderlog up`, one process.
        case embedded
        /// Three processes of `orderlog serve`, on a real Kafka.
        case kafka

        var description: String { self == .embedded ? "embedded" : "Kafka" }

        /// Kafka only where there is one.
        static var available: [Log] { TestBroker.isAvailable ? [.embedded, .kafka] : [.embedded] }
    }

    let log: Log
    let folder: URL
    let caller = Caller()
    /// Kafka's address.
    private(set) var kafka: String?
    private(set) var processes: [String: OrderlogProcess] = [:]
    private(set) var ports: [String: Int] = [:]
    private var insidePorts: [String: Int] = [:]
    /// Between the order service and inventory, where the test wants one. On Kafka only: `up` is one process.
    private(set) var proxy: HoldingProxy?
    private let isProxied: Bool
    /// Further options of every process; `{service}` in one of a process of its own is its service.
    private let options: [String]
    /// What is otherwise in their environment.
    private let environment: [String: String]
    /// The URLs of the services' databases, of processes of their own; nil: a file in the folder.
    private let databases: [String: String]

    var order: String { "http://127.0.0.1:\(ports["order"] ?? 0)" }
    var inventory: String { "http://127.0.0.1:\(ports["inventory"] ?? 0)" }
    var notification: String { "http://127.0.0.1:\(ports["notification"] ?? 0)" }

    /// A service's inside door.
    func inside(_ service: String) -> ServiceAddress {
        switch log {
        case .embedded: ServiceAddress(url: "unix:\(folder.path)/\(service).sock")
        case .kafka: ServiceAddress(url: "http://127.0.0.1:\(insidePorts[service] ?? 0)")
        }
    }

    /// `kafka`: the address of a broker of the test's own; needed for a shop on Kafka.
    init(
        _ log: Log, kafka: String? = nil, databases: [String: String] = [:], isProxied: Bool = false,
        folder: URL? = nil, options: [String] = [],
        environment: [String: String] = [:]
    ) async throws {
        self.log = log
        (self.options, self.environment, self.databases) = (options, environment, databases)
        self.isProxied = isProxied && log == .kafka
        self.kafka = kafka
        self.folder =
            folder ?? FileManager.default.temporaryDirectory.appending(path: "orderlog-\(UUID().uuidString)")
        for name in ["order", "inventory", "notification"] {
            let taken = try FreePorts.take(2)
            (ports[name], insidePorts[name]) = (Int(taken[0]), Int(taken[1]))
        }
        try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
        if log == .kafka, kafka == nil { throw Failed("a shop on Kafka needs a broker of its own") }
        try await start()
    }

    func start() async throws {
        switch log {
        case .embedded:
            let names = ["order", "inventory", "notification"]
            let process = try OrderlogProcess(
                ["up", "--data", folder.path, "--console-port", "0"]
                    + names.flatMap { ["--\($0)-port", "\(ports[$0] ?? 0)"] } + options,
                environment: environment, errors: folder.appending(path: "errors.log"))
            for name in names {
                processes[name] = process
                ports[name] = try await process.port(of: name)
            }
        case .kafka:
            for name in ["inventory", "order", "notification"] { try await start(name) }
        }
    }

    /// One service on Kafka, on the port that it had before.
    func start(_ name: String) async throws {
        var arguments =
            [
                "serve", name, "--port", "\(ports[name] ?? 0)", "--internal-port", "\(insidePorts[name] ?? 0)",
                "--kafka", kafka ?? "", "--database", databases[name] ?? "sqlite:\(folder.path)/\(name).db",
            ] + options.map { $0.replacing("{service}", with: name) }
        if name == "order" {
            if isProxied, proxy == nil {
                proxy = try HoldingProxy(to: insidePorts["inventory"] ?? 0, holding: ReserveCalls())
            }
            arguments += ["--inventory", proxy.map { "http://127.0.0.1:\($0.port)" } ?? inside("inventory").base]
        }
        let process = try OrderlogProcess(
            arguments, environment: environment, errors: folder.appending(path: "\(name).log"))
        processes[name] = process
        ports[name] = try await process.port(of: name)
        insidePorts[name] = try await process.insidePort()
    }

    /// SIGTERM to each process; the exit codes.
    func stop() async throws -> [Int32] {
        let running = Set(processes.values.map(\.pid)).compactMap { pid in processes.values.first { $0.pid == pid } }
        for process in running { process.send(SIGTERM) }
        var codes: [Int32] = []
        for process in running { codes.append(try await process.ended(within: .seconds(60))) }
        return codes
    }

    func killAll() async throws {
        for process in processes.values { process.send(SIGKILL) }
        for process in processes.values { _ = try await process.ended(within: .seconds(60)) }
    }

    /// For use at the end of a test: nothing keeps running, nothing stays on the disk.
    func remove() {
        for process in processes.values { process.send(SIGKILL) }
        proxy?.stop()
        try? FileManager.default.removeItem(at: folder)
    }

    /// What the tests append themselves waits longer than a service would; an idempotent producer repeats nothing meanwhile.
    private static let patience = ["message.timeout.ms": "60000", "topic.metadata.propagation.max.ms": "30000"]

    /// The log as another process sees it.
    func openLog() async throws -> any EventLog {
        switch log {
        case .embedded: try await EmbeddedEventLog(path: folder.path + "/log.db")
        case .kafka: try KafkaEventLog(bootstrapServers: kafka ?? "", properties: Self.patience, log: { _ in })
        }
    }

    // MARK: - What users do

    static func orderBody(
        _ items: [(String, Int)], email: String = "ada@example.com", phone: String? = "+44 20 7946 0000"
    ) -> String {
        let lines = items.map { #"{"product_id":"\#($0.0)","quantity":\#($0.1)}"# }.joined(separator: ",")
        let phone = phone.map { #","phone":"\#($0)""# } ?? ""
        return #"{"customer":{"name":"Ada","email":"\#(email)"\#(phone)},"items":[\#(lines)]}"#
    }

    /// Places an order as a client that wants it.
    func place(
        _ items: [(String, Int)], email: String = "ada@example.com", key: String = UUID().uuidString
    ) async throws -> Reply {
        try await Self.order(caller, order, Self.orderBody(items, email: email), key: key)
    }

    /// The same, said once; where there is no key, without one.
    func placeOnce(
        _ items: [(String, Int)], email: String = "ada@example.com", key: String? = nil
    ) async throws -> Reply {
        try await caller.call(
            "POST", order + "/orders", Self.orderBody(items, email: email),
            headers: [("content-type", "application/json")] + (key.map { [("idempotency-key", $0)] } ?? []))
    }

    func addProduct(_ id: String, quantity: Int, price: Int = 100, currency: String = "USD") async throws {
        let reply = try await caller.call(
            "POST", inventory + "/inventory",
            """
            {"product_id":"\(id)","name":"\(id)","price":{"amount":\(price),"currency":"\(currency)"},
             "quantity":\(quantity)}
            """)
        guard reply.status == 201 else { throw Failed("adding \(id): \(reply.text)") }
    }

    func available(_ product: String) async throws -> Int? {
        try await caller.call("GET", inventory + "/inventory/\(product)").int("available")
    }

    func reserved(_ product: String) async throws -> Int? {
        try await caller.call("GET", inventory + "/inventory/\(product)").int("reserved")
    }

    /// The notifications of an order, once there are `count` and all are sent.
    func notifications(of order: String, count: Int, within limit: Duration = .seconds(30)) async throws
        -> [[String: Any]]
    {
        try await eventually("\(count) notifications of \(order)", within: limit) {
            let list = try await caller.call("GET", notification + "/notifications/order/\(order)")
                .list("notifications")
            let sent = list.filter { $0["status"] as? String == "sent" }
            if list.count > count { throw Failed("\(list.count) notifications of \(order), not \(count)") }
            return sent.count == count ? list : nil
        }
    }
}
