import Foundation
import ServiceLife
import TestProcess
import Testing

/// Kafka and PostgreSQL over TLS, with passwords: an order goes through, and whoever is not who they say is refused with
/// the reason.
@Suite(.enabled(if: SecureServers.areAvailable, "needs Kafka, PostgreSQL and openssl: set KAFKA_HOME and POSTGRES_URL"))
struct SecureConnectionsTests {
    @Test func anOrderGoesThrough() async throws {
        try await withSlots(3) {
            try await SecureServers.with { servers in
                try await order(on: servers)
                try await refusals(of: servers)
            }
        }
    }

    private func order(on servers: SecureServers) async throws {
        let config = try servers.kafkaConfig()
        let password = try servers.passwordFile()
        var processes: [String: OrderlogProcess] = [:]
        var urls: [String: String] = [:]
        defer { for process in processes.values { process.send(SIGKILL) } }
        for name in ["inventory", "order", "notification"] {
            let process = try OrderlogProcess(
                [
                    "serve", name, "--port", "0", "--kafka", servers.kafka, "--kafka-config", config, "--database",
                    servers.database(name), "--database-password-file", password,
                    "--log-level", "debug",
                ] + (name == "order" ? ["--inventory", urls["inventory"] ?? ""] : []),
                errors: servers.folder.appending(path: "\(name).log"))
            processes[name] = process
            urls[name] = "http://127.0.0.1:\(try await process.port(of: name))"
        }
        let caller = Caller()
        let placed = try await Shop.insist(caller, urls["order"] ?? "", Shop.orderBody([("PROD-001", 1)]), key: "tls")
        let id = try #require(placed.string("order_id"))
        try await eventually("both notifications", within: .seconds(30)) {
            try await caller.call("GET", (urls["notification"] ?? "") + "/notifications/order/\(id)")
                .list("notifications").filter { $0["status"] as? String == "sent" }.count == 2
        }
        let audit = try await Shop.tool(
            ["audit", "--wait", "20", "--kafka", servers.kafka, "--kafka-config", config]
                + ["order", "inventory", "notification"].flatMap {
                    ["--\($0)-database", servers.database($0), "--\($0)-database-password-file", password]
                })
        #expect(audit.code == 0, "\(audit.output)")
        for (name, process) in processes {
            let words = String(
                decoding: try Data(contentsOf: URL(filePath: "/proc/\(process.pid)/cmdline")), as: UTF8.self)
            Self.expectNoSecret(in: words, "the words of \(name)")
            Self.expectNoSecret(in: process.outputText + process.errorText, "what \(name) says")
            let inside = ServiceAddress(url: "http://127.0.0.1:\(try await process.insidePort())")
            for path in ["/metrics", "/health"] {
                let reply = try await caller.call("GET", path, inside: inside)
                Self.expectNoSecret(in: reply.text, "\(path) of \(name)")
            }
        }
    }

    private static func expectNoSecret(in text: String, _ place: String) {
        for secret in [SecureServers.password, "a secret", SecureServers.wrongPassword] {
            #expect(!text.contains(secret), "\(place): \(text)")
        }
    }

    /// Each says why, and what to do where it can.
    private func refusals(of servers: SecureServers) async throws {
        let password = try servers.passwordFile()
        func kafka(_ config: [String], says words: String...) async throws {
            let result = try await Shop.tool(["topics", "list", "--kafka", servers.kafka] + config)
            #expect(result.code == 1)
            for word in words { #expect(result.output.contains(word), "\(result.output)") }
            #expect(!result.output.contains("is Kafka running"))
            Self.expectNoSecret(in: result.output, "what topics list says")
        }
        try await kafka(
            ["--kafka-config", servers.kafkaConfig(password: SecureServers.wrongPassword)],
            says: "Invalid username or password")
        try await kafka(
            ["--kafka-config", servers.kafkaConfig(authority: servers.otherAuthority)],
            says: "certificate verify failed", "ssl.ca.location")
        try await kafka([], says: "security.protocol")
        try await kafka(
            ["--kafka-config", servers.kafkaConfig(mechanism: "SCRAM-SHA-512")], says: "SASL mechanism SCRAM-SHA-512")

        let config = try servers.kafkaConfig()
        func database(_ url: String, _ passwordFile: String, says words: String) async throws {
            let result = try await Shop.tool([
                "serve", "order", "--port", "0", "--kafka", servers.kafka, "--kafka-config", config, "--database", url,
                "--database-password-file", passwordFile, "--log-level", "debug",
            ])
            #expect(result.code == 1 && result.output.contains(words), "\(result.output)")
            Self.expectNoSecret(in: result.output, "what the service says")
        }
        try await database(
            servers.database("order"), servers.passwordFile(SecureServers.wrongPassword),
            says: "password authentication failed")
        try await database(
            servers.database("order", authority: servers.otherAuthority), password, says: "certificate verify failed")
        try await database(servers.database("order", sslmode: "disable"), password, says: "no encryption")
    }
}
