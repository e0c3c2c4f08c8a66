import Foundation
import TestBroker
import TestDatabase

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

    static let all = ["inventory", "order", "notification"].flatMap { service in (0..<count).map { "\(service)-\($0)" }
    }

    init(kafka: String, databases: [String: String]) async throws {
        self.kafka = kafka
        self.databases = databases
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for name in Self.all { try await start(name) }
    }

    /// Runs `body` on a shop of replicas, on a broker and databases of its own.
    static func with(_ body: (Replicas) async throws -> Void) async throws {
        // Six services under load: the whole machine.
        try await withSlots(Slots.all) { try await withBrokerInPlace { try await with($0, body) } }
    }

    private static func with(_ broker: TestBroker, _ body: (Replicas) async throws -> Void) async throws {
        try await TestPostgreSQL.withURL { order in
            try await TestPostgreSQL.withURL { inventory in
                try await TestPostgreSQL.withURL { notification in
                    let replicas = try await Replicas(
                        kafka: broker.address,
                        databases: ["order": order, "inventory": inventory, "notification": notification])
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
            "serve", service, "--port", "\(ports[name] ?? 0)", "--kafka", kafka, "--database", databases[service] ?? "",
        ]
        if service == "order" { arguments += ["--inventory", url("inventory-\(number)")] }
        let process = try OrderlogProcess(arguments, errors: folder.appending(path: "\(name).log"))
        processes[name] = process
        ports[name] = try await process.port(of: service)
    }

    func killAndStart(_ name: String) async throws {
        try await processes[name]?.killNow()
        try await start(name)
    }

    func url(_ name: String) -> String { "http://127.0.0.1:\(ports[name] ?? 0)" }

    private func remove() async throws {
        for process in processes.values {
            process.send(SIGCONT)
            process.send(SIGKILL)
        }
        for process in processes.values { _ = try await process.ended(within: .seconds(10)) }
        try? FileManager.default.removeItem(at: folder)
    }

    func tool(_ words: String..., within limit: Duration = .seconds(120)) async throws -> ToolResult {
        try await Shop.tool(words + ["--kafka", kafka], within: limit)
    }

    /// Throws unless databases and log agree.
    func audit() async throws {
        let result = try await tool(
            "audit", "--wait", "40", "--order-database", databases["order"] ?? "", "--inventory-database",
            databases["inventory"] ?? "", "--notification-database", databases["notification"] ?? "")
        guard result.code == 0 else { throw Failed("orderlog audit ended with \(result.code):\n\(result.output)") }
    }

    /// Until each of these orders has its two notifications, sent, and no more.
    func awaitTold(_ orders: some Collection<String>) async throws {
        for order in orders {
            try await eventually("what was told of \(order)", within: .seconds(60)) {
                let reply = try? await caller.call("GET", url("notification-1") + "/notifications/order/\(order)")
                let list = reply?.list("notifications") ?? []
                if list.count > 2 { throw Failed("\(list.count) notifications of \(order)") }
                return list.count == 2 && list.allSatisfy { $0["status"] as? String == "sent" }
            }
        }
    }
}
