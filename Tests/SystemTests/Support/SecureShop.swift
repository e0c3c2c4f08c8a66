import Foundation
import ServiceLife
import Testing

/// The three services on a Kafka and a PostgreSQL that want to know who they are, each with its own database.
final class SecureShop {
    let config: String
    let password: String
    private let servers: SecureServers
    private var processes: [String: OrderlogProcess] = [:]
    private var urls: [String: String] = [:]
    private let caller = Caller()

    /// `config`: its `--kafka-config`; nil: a file of the usual ones.
    init(_ servers: SecureServers, config: String? = nil) async throws {
        self.servers = servers
        self.config = try config ?? servers.kafkaConfig()
        password = try servers.passwordFile()
        for name in Self.names {
            let process = try OrderlogProcess(
                [
                    "serve", name, "--port", "0", "--internal-port", "0", "--kafka", servers.kafka,
                    "--kafka-config", self.config, "--database", servers.database(name), "--database-password-file",
                    password,
                ] + (name == "order" ? ["--inventory", url("inventory")] : []),
                errors: servers.folder.appending(path: "\(name).log"))
            processes[name] = process
            urls[name] = "http://127.0.0.1:\(try await process.port(of: name))"
        }
        let product =
            #"{"product_id":"LOTS","name":"LOTS","price":{"amount":1,"currency":"USD"},"quantity":1000000}"#
        let added = try await caller.call("POST", url("inventory") + "/inventory", product)
        guard added.status == 201 else { throw Failed("adding LOTS: \(added.text)") }
    }

    static let names = ["inventory", "order", "notification"]

    /// What operators see of it.
    func health(_ service: String) async throws -> String {
        let process = try #require(processes[service])
        let inside = ServiceAddress(url: "http://127.0.0.1:\(try await process.insidePort())")
        return try await caller.call("GET", "/health", inside: inside).textOfNow
    }

    func url(_ service: String) -> String { urls[service] ?? "" }
    func errors(_ service: String) -> String { processes[service]?.errorText ?? "" }
    func kill() { for process in processes.values { process.send(SIGKILL) } }

    /// An order's event goes to Kafka, and from there to the notification service.
    func notify(_ key: String) async throws {
        let placed = try await Shop.insist(caller, url("order"), Shop.orderBody([("LOTS", 1)]), key: key)
        let id = try #require(placed.string("order_id"))
        try await eventually("both notifications \(key)", within: .seconds(60)) {
            try await caller.call("GET", url("notification") + "/notifications/order/\(id)")
                .list("notifications").filter { $0["status"] as? String == "sent" }.count == 2
        }
    }

    /// Everything is there, once.
    func audit(placed: Set<String>) async throws {
        for id in placed {
            let order = try await caller.call("GET", url("order") + "/orders/\(id)")
            #expect(order.status == 200, "\(order.text)")
        }
        let audit = try await Shop.tool(
            ["audit", "--wait", "30", "--kafka", servers.kafka, "--kafka-config", config]
                + ["order", "inventory", "notification"].flatMap {
                    ["--\($0)-database", servers.database($0), "--\($0)-database-password-file", password]
                })
        #expect(audit.code == 0, "\(audit.output)")
        for (name, process) in processes {
            process.send(SIGTERM)
            #expect(try await process.ended(within: .seconds(60)) == 0, "\(name)")
        }
    }
}
