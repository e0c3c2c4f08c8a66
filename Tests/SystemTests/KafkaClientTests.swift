import Foundation
import ServiceLife
import TestBroker
import TestDatabase
import Testing

/// What Kafka's own tools tell of our replicas.
@Suite(.enabled(if: TestBroker.isAvailable, "needs Kafka: set KAFKA_HOME"))
struct KafkaClientTests {
    @Test func aReplicaIsKnownAtTheBroker() async throws {
        try await withBroker { broker in
            let shop = try await Shop(
                .kafka, kafka: broker.address, options: ["--kafka-rack", "zone-a", "--kafka-instance", "web-1"])
            try await withShop(shop) { shop in
                let host = ProcessInfo.processInfo.hostName.split(separator: ".").first.map(String.init) ?? ""
                let home = ProcessInfo.processInfo.environment["KAFKA_HOME"] ?? ""
                for service in ["inventory", "notification"] {
                    try await eventually("\(service) has joined", within: .seconds(30)) {
                        try await shop.tool("groups", "describe", "\(service)-service").output.contains("is Stable")
                    }
                    let client = "orderlog-\(service)-\(host)"
                    let ours = try await shop.tool("groups", "describe", "\(service)-service", "--json")
                    #expect(ours.output.contains(#""client_id":"\#(client)"#), "\(ours.output)")
                    let members = try await runScript([
                        "\(home)/bin/kafka-consumer-groups.sh", "--bootstrap-server", broker.address, "--describe",
                        "--members", "--group", "\(service)-service", "--timeout", "60000",
                    ])
                    #expect(members.contains(client) && members.contains("web-1"), "\(members)")
                }
                // Of librdkafka's warnings one would tell of a property in the wrong place.
                for (name, process) in shop.processes {
                    #expect(!process.errorText.contains("CONFWARN"), "\(name): \(process.errorText)")
                }
            }
        }
    }

    @Test(.enabled(if: TestPostgreSQL.isAvailable, "needs PostgreSQL: set POSTGRES_URL"))
    func ofTwoReplicasOfOneNameTheFirstReadsNothingAndSaysSo() async throws {
        try await withBroker { broker in
            try await TestPostgreSQL.withURL { database in
                let folder = FileManager.default.temporaryDirectory.appending(path: "named-\(UUID().uuidString)")
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                defer { try? FileManager.default.removeItem(at: folder) }
                func replica(_ number: Int) throws -> OrderlogProcess {
                    try OrderlogProcess(
                        [
                            "serve", "inventory", "--port", "0", "--internal-port", "0", "--kafka", broker.address,
                            "--database", database, "--kafka-instance", "same",
                        ], errors: folder.appending(path: "\(number).log"))
                }
                let first = try replica(1)
                let inside = ServiceAddress(url: "http://127.0.0.1:\(try await first.insidePort())")
                try await eventually("the first has joined", within: .seconds(30)) {
                    try await Shop.tool(["groups", "describe", "inventory-service", "--kafka", broker.address]).output
                        .contains("is Stable")
                }
                let second = try replica(2)
                try await eventually("the first is put out", within: .seconds(60)) {
                    try await Caller().call("GET", "/health", inside: inside).text.contains("--kafka-instance")
                }
                #expect(try await Caller().call("GET", "/health/ready", inside: inside).status == 200)
                for process in [first, second] { process.send(SIGTERM) }
                for process in [first, second] { #expect(try await process.ended(within: .seconds(60)) == 0) }
            }
        }
    }

    /// `up` follows the file as `serve` does.
    @Test func upReadsKafkasPropertiesAgain() async throws {
        try await withBroker { broker in
            let config = FileManager.default.temporaryDirectory.appending(path: "up-\(UUID().uuidString).properties")
            defer { try? FileManager.default.removeItem(at: config) }
            func write(_ text: String) throws { try text.write(to: config, atomically: true, encoding: .utf8) }
            try write("socket.nagle.disable=true\n")
            let shop = try await Shop(
                .embedded, options: ["--kafka", broker.address, "--kafka-config", config.path])
            try await withShop(shop) { shop in
                func health(_ condition: @escaping (String) -> Bool) async throws {
                    try await eventually("/health says so", within: .seconds(60)) {
                        condition(try await shop.caller.call("GET", "/health", inside: shop.inside("order")).textOfNow)
                    }
                }
                try await health { $0.contains("kafka_config") && !$0.contains("after a restart") }
                try write("socket.nagle.disable=false\n")
                try await health { $0.contains("after a restart") }
                try write("socket.nagle.disable=true\n")
                try await health { !$0.contains("after a restart") }
                try FileManager.default.removeItem(at: config)
                try await health { $0.contains("can't be read") }
            }
        }
    }

    @Test func aNameThatIsNoneIsRefused() async throws {
        let result = try await Shop.tool(["serve", "order", "--kafka-instance", "web 1"])
        #expect(result.code == 64 || result.code == 2, "\(result.code)")
        #expect(result.output.contains("--kafka-instance"), "\(result.output)")
    }
}
