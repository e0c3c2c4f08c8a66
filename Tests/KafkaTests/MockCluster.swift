import CRdKafka
import Kafka

/// librdkafka's broker in process: for faults injected into the client, and nothing else.
///
/// `@unchecked Sendable`: librdkafka's mock functions may be called from any thread; the rest is constant.
final class MockCluster: @unchecked Sendable {
    private let client: OpaquePointer
    private let cluster: OpaquePointer
    let bootstrapServers: String

    init(topic: String, partitions: Int32 = 1) throws {
        guard let client = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), nil, 0),
            let cluster = rd_kafka_mock_cluster_new(client, 1),
            let servers = rd_kafka_mock_cluster_bootstraps(cluster)
        else { throw MockClusterFailed() }
        self.client = client
        self.cluster = cluster
        bootstrapServers = String(cString: servers)
        rd_kafka_mock_topic_create(cluster, topic, partitions, 1)
    }

    struct MockClusterFailed: Error {}

    /// The next produce requests are answered so.
    func failProduce(_ errors: [rd_kafka_resp_err_t]) {
        // 0 is Produce in Kafka's protocol.
        rd_kafka_mock_push_request_errors_array(cluster, 0, errors.count, errors)
    }

    /// How long each answer takes.
    func setRoundTrip(milliseconds: Int32) {
        rd_kafka_mock_broker_set_rtt(cluster, 1, milliseconds)
    }

    func setDown(_ isDown: Bool) {
        if isDown { rd_kafka_mock_broker_set_down(cluster, 1) } else { rd_kafka_mock_broker_set_up(cluster, 1) }
    }

    func configuration(_ properties: [String: String] = [:]) -> KafkaConfiguration {
        KafkaConfiguration(bootstrapServers: bootstrapServers, properties: properties)
    }

    func remove() {
        rd_kafka_mock_cluster_destroy(cluster)
        rd_kafka_destroy(client)
    }
}
