import Foundation
import TestBroker
import TestProcess
import Testing

/// A Kafka that asks who comes, with the rights that `deploy/kafka/rights` gives: each service has what it needs, and no more.
@Suite(.enabled(if: TestBroker.isAvailable, "needs Kafka: set KAFKA_HOME"))
struct KafkaRightsTests {
    @Test func eachServiceDoesItsPartAndNobodyElseWritesOrders() async throws {
        try await withSlots(3) {
            let folder = FileManager.default.temporaryDirectory.appending(path: "orderlog-rights-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let broker = try await TestBroker(settings: Self.settings)
            do {
                try await check(on: broker.address, in: folder)
            } catch {
                try await broker.stop()
                throw error
            }
            try await broker.stop()
        }
    }

    private func check(on kafka: String, in folder: URL) async throws {
        let admin = try write(
            """
            security.protocol=SASL_PLAINTEXT
            sasl.mechanism=PLAIN
            sasl.jaas.config=\(Self.login) username="admin" password="of admin";
            """, to: folder.appending(path: "admin.properties"))
        _ = try await runScript(
            [Self.root + "/deploy/kafka/rights"],
            environment: ["KAFKA_BOOTSTRAP_SERVERS": kafka, "ADMIN_PROPERTIES": admin])
        let tools = ["--kafka", kafka, "--kafka-config", try config(of: "tools", in: folder)]
        let applied = try await Shop.tool(["topics", "apply"] + tools)
        #expect(applied.code == 0, "\(applied.output)")
        try await order(on: kafka, in: folder, tools)
        try await forgery(on: kafka, in: folder, tools)
    }

    private func order(on kafka: String, in folder: URL, _ tools: [String]) async throws {
        var processes: [String: OrderlogProcess] = [:]
        var urls: [String: String] = [:]
        defer { for process in processes.values { process.send(SIGKILL) } }
        for name in ["inventory", "order", "notification"] {
            let process = try OrderlogProcess(
                [
                    "serve", name, "--port", "0", "--kafka", kafka, "--kafka-config", try config(of: name, in: folder),
                    "--database", "sqlite:\(folder.path)/\(name).db",
                ] + (name == "order" ? ["--inventory", urls["inventory"] ?? ""] : []),
                errors: folder.appending(path: "\(name).log"))
            processes[name] = process
            urls[name] = "http://127.0.0.1:\(try await process.port(of: name))"
        }
        let caller = Caller()
        let body = Shop.orderBody([("PROD-001", 1)])
        let placed = try await Shop.insist(caller, urls["order"] ?? "", body, key: "rights")
        let id = try #require(placed.string("order_id"))
        try await eventually("both notifications", within: .seconds(30)) {
            try await caller.call("GET", (urls["notification"] ?? "") + "/notifications/order/\(id)")
                .list("notifications").filter { $0["status"] as? String == "sent" }.count == 2
        }
        let audit = try await Shop.tool(
            ["audit", "--wait", "20"] + tools
                + ["order", "inventory", "notification"].flatMap {
                    ["--\($0)-database", "sqlite:\(folder.path)/\($0).db"]
                })
        #expect(audit.code == 0, "\(audit.output)")
    }

    /// Who may write orders may have anything sent to anyone.
    private func forgery(on kafka: String, in folder: URL, _ tools: [String]) async throws {
        let events = folder.appending(path: "events.ndjson").path
        let exported = try await Shop.tool(["events", "export", events, "--topic", "orders"] + tools)
        #expect(exported.code == 0, "\(exported.output)")
        for name in ["inventory", "notification"] {
            let forged = try await Shop.tool([
                "events", "import", events, "--append", "--kafka", kafka,
                "--kafka-config", try config(of: name, in: folder),
            ])
            #expect(forged.code != 0 && forged.output.contains("AUTHORIZATION_FAILED"), "\(name): \(forged.output)")
        }
    }

    private func config(of user: String, in folder: URL) throws -> String {
        try write(
            """
            security.protocol=SASL_PLAINTEXT
            sasl.mechanism=PLAIN
            sasl.username=\(user)
            sasl.password=of \(user)
            """, to: folder.appending(path: "\(user).properties"))
    }

    private func write(_ text: String, to file: URL) throws -> String {
        try (text + "\n").write(to: file, atomically: true, encoding: .utf8)
        return file.path
    }

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    private static let login = "org.apache.kafka.common.security.plain.PlainLoginModule required"

    private static let settings = [
        "listener.security.protocol.map": "PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT",
        "sasl.enabled.mechanisms": "PLAIN", "sasl.mechanism.inter.broker.protocol": "PLAIN",
        "listener.name.plaintext.plain.sasl.jaas.config":
            "\(login) username=\"admin\" password=\"of admin\" "
            + ["admin", "tools", "order", "inventory", "notification"].map { "user_\($0)=\"of \($0)\"" }
            .joined(separator: " ") + ";",
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        // The controller's listener is this host's loopback, and has no users.
        "super.users": "User:admin;User:ANONYMOUS",
    ]
}
