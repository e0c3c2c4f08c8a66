import TestBroker

@testable import Kafka

/// A new topic of the broker that all tests share.
func withTopic(
    partitions: Int32 = 1, certificates: KafkaCertificates? = nil,
    _ body: (KafkaConfiguration, KafkaAdmin, String) async throws -> Void
) async throws {
    let configuration = KafkaConfiguration(
        bootstrapServers: try await TestBroker.shared(), certificates: certificates)
    let admin = try KafkaAdmin(configuration, log: { _ in })
    let topic = "kafka-\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
    do {
        for result in try await admin.create([KafkaNewTopic(name: topic, partitions: partitions)]) { try result.get() }
        try await body(configuration, admin, topic)
    } catch {
        await admin.close()
        throw error
    }
    await admin.close()
}
