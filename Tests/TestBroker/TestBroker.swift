import Foundation
import Synchronization

/// A real Kafka on loopback, for tests that must not trust an imitation. It needs `KAFKA_HOME` (any Kafka download,
/// 3.5 or later) and Java; without them `isAvailable` is false and the tests skip themselves:
///
///     @Test(.enabled(if: TestBroker.isAvailable, "needs Kafka: set KAFKA_HOME"))
///
/// A broker's folder is temporary and it dies with the test process, whatever kills that.
package actor TestBroker {
    /// `host:port` for `bootstrap.servers`.
    package nonisolated let address: String
    private let folder: URL
    private var process: BrokerProcess?

    /// Whether a broker can be started here.
    package static let isAvailable: Bool = {
        guard let home else { return false }
        let java = environment["JAVA_HOME"].map { ["\($0)/bin"] } ?? []
        let path = (environment["PATH"] ?? "").split(separator: ":").map(String.init)
        return FileManager.default.isExecutableFile(atPath: "\(home)/bin/kafka-server-start.sh")
            && (java + path).contains { FileManager.default.isExecutableFile(atPath: "\($0)/java") }
    }()

    /// The address of the one broker that the tests of this process share, started by the first who asks. It refuses
    /// topics that nobody created. Use topics and groups of fresh names.
    package static func shared() async throws -> String {
        try await sharedBroker.withLock { task in
            let running = task ?? Task { try await TestBroker() }
            task = running
            return running
        }.value.address
    }

    private static let sharedBroker = Mutex<Task<TestBroker, any Error>?>(nil)

    /// Starts a broker of one's own, to be killed, paused and started again. `settings` are added to its
    /// server.properties. End it with `stop`.
    package init(settings: [String: String] = [:]) async throws {
        guard Self.isAvailable else { throw TestBrokerError("needs Kafka: set KAFKA_HOME") }
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("test-broker-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let ports = try FreePorts.take(2)
        address = "127.0.0.1:\(ports[0])"
        try Self.properties(folder: folder, port: ports[0], controller: ports[1], settings: settings)
            .write(to: folder.appendingPathComponent("server.properties"), atomically: true, encoding: .utf8)
        process = nil
        try await start()
    }

    /// Starts it again after `kill` or `shutDown`, with the same data on the same port; returns when it is ready.
    package func start() async throws {
        precondition(process == nil, "the broker runs already")
        let process = try await BrokerProcess.launch(in: folder)
        self.process = process
        try await process.awaitReady()
    }

    /// Changes its server.properties, for the next start.
    package func change(_ settings: [String: String]) throws {
        let file = folder.appendingPathComponent("server.properties")
        let kept = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").filter { line in
            !settings.keys.contains { line.hasPrefix("\($0)=") }
        }
        try (kept + settings.map { "\($0)=\($1)" }).joined(separator: "\n")
            .write(to: file, atomically: true, encoding: .utf8)
    }

    /// SIGKILL, as a crash. Returns when it is gone.
    package func kill() async throws {
        try await end(SIGKILL)
    }

    /// SIGTERM, an orderly stop. Returns when it is gone.
    package func shutDown() async throws {
        try await end(SIGTERM)
    }

    /// SIGSTOP, as a stall: connections stay open and nothing answers. Returns when each of its threads stands still.
    package func pause() async throws {
        guard try await running().standStill() else { throw TestBrokerError("the broker does not stand still") }
    }

    /// SIGCONT.
    package func resume() throws {
        try running().signal(SIGCONT)
    }

    /// Ends it, if it still runs, and removes its folder.
    package func stop() async throws {
        if process != nil { try await kill() }
        try? FileManager.default.removeItem(at: folder)
    }

    private func end(_ signal: Int32) async throws {
        let process = try running()
        self.process = nil
        try await process.end(with: signal)
    }

    private func running() throws -> BrokerProcess {
        guard let process else { throw TestBrokerError("the broker does not run") }
        return process
    }

    static let environment = ProcessInfo.processInfo.environment
    static let home = environment["KAFKA_HOME"].flatMap { $0.isEmpty ? nil : $0 }

    private static func properties(folder: URL, port: UInt16, controller: UInt16, settings: [String: String]) -> String
    {
        let own = [
            "process.roles": "broker,controller", "node.id": "1",
            "listeners": "PLAINTEXT://127.0.0.1:\(port),CONTROLLER://127.0.0.1:\(controller)",
            "advertised.listeners": "PLAINTEXT://127.0.0.1:\(port)",
            "controller.quorum.voters": "1@127.0.0.1:\(controller)",
            "controller.listener.names": "CONTROLLER", "inter.broker.listener.name": "PLAINTEXT",
            "log.dirs": folder.appendingPathComponent("log").path,
            "auto.create.topics.enable": "false", "default.replication.factor": "1",
            "offsets.topic.replication.factor": "1", "offsets.topic.num.partitions": "4",
            "transaction.state.log.replication.factor": "1", "transaction.state.log.min.isr": "1",
            "transaction.state.log.num.partitions": "4", "group.initial.rebalance.delay.ms": "0",
            "log.cleaner.dedupe.buffer.size": "2097152",
            // A node that was killed is known as gone soon, and may come back soon.
            "broker.heartbeat.interval.ms": "500", "broker.session.timeout.ms": "1500",
        ]
        return own.merging(settings) { $1 }.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)\n" }.joined()
    }
}

package struct TestBrokerError: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
