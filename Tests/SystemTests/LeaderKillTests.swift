import EventLog
import Foundation
import TestBroker
import TestProcess
import Testing

/// Three Kafka nodes, of which the leader of partitions is killed under load.
@Suite(.serialized, .enabled(if: KafkaCluster.isAvailable, "needs Kafka with its `broker` script in KAFKA_HOME"))
struct LeaderKillTests {
    @Test func aLeaderThatDiesLosesNothing() async throws {
        try await withSlots(4) { try await killLeaders() }
    }

    private func killLeaders() async throws {
        let cluster = try await KafkaCluster(nodes: 3)
        do {
            try await withShop(try await Shop(.kafka, kafka: cluster.address)) { shop in
                let before = try #require(try await shop.place([("PROD-005", 1)]).string("order_id"))
                _ = try await shop.notifications(of: before, count: 2)
                let customers = ChaosCustomers(shop, stream: [])
                async let shopping: Void = customers.run(seed: 1)
                for node in [1, 2] {
                    let count = customers.result.accepted.count
                    try await eventually("load", within: .seconds(30)) { customers.result.accepted.count > count + 200 }
                    // Each node leads a third of the partitions.
                    try await cluster.kill(node)
                    let killed = customers.result.accepted.count
                    try await eventually("orders go on", within: .seconds(30)) {
                        customers.result.accepted.count > killed + 200
                    }
                    try await cluster.start(node)
                }
                customers.stop()
                try await shopping
                try await ChaosTests.awaitRest(shop)
                let stored = try await ChaosTests.storedOrders(shop)
                let accepted = customers.result.accepted.union([before])
                print("leader killed twice: \(accepted.count) accepted, \(stored.count) stored")
                #expect(stored == accepted)
                #expect(customers.result.doubled.isEmpty)
                try await shop.audit()
                try shop.expectNobodyToldTwice()
            }
        } catch {
            await cluster.remove()
            throw error
        }
        await cluster.remove()
    }
}

/// A cluster on loopback, by the script that comes with some Kafka downloads.
struct KafkaCluster {
    private static let script = ProcessInfo.processInfo.environment["KAFKA_HOME"].map { $0 + "/broker" }
    static let isAvailable =
        TestBroker.isAvailable && script.map { FileManager.default.isExecutableFile(atPath: $0) } == true

    let address: String
    private let folder: URL

    init(nodes: Int) async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "cluster-\(UUID().uuidString)")
        address = try await Self.run(["cluster", folder.path, "\(nodes)"])
    }

    func kill(_ node: Int) async throws { _ = try await Self.run(["kill", "\(folder.path)/\(node)"]) }
    func pause(_ node: Int) async throws { _ = try await Self.run(["pause", "\(folder.path)/\(node)"]) }
    func resume(_ node: Int) async throws { _ = try await Self.run(["resume", "\(folder.path)/\(node)"]) }
    func start(_ node: Int) async throws { _ = try await Self.run(["start", "\(folder.path)/\(node)"]) }

    func remove() async {
        _ = try? await Self.run(["kill", folder.path])
        try? FileManager.default.removeItem(at: folder)
    }

    private static func run(_ arguments: [String]) async throws -> String {
        // Three of them beside all else: small, and started without what only pays for a long life.
        try await runScript(
            [script ?? ""] + arguments, within: .seconds(300),
            environment: [
                "KAFKA_HEAP_OPTS": "-Xms64m -Xmx256m",
                "KAFKA_JVM_PERFORMANCE_OPTS": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto",
            ])
    }
}
