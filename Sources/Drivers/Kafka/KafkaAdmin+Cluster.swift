import CRdKafka

extension KafkaAdmin {
    /// The id that the cluster was given when its storage was formatted. Throws `_TIMED_OUT` when no broker has answered
    /// within `limit`.
    package func clusterID(within limit: Duration) async throws(KafkaError) -> String {
        try await call(limit) { (handle, deadline) throws(KafkaError) in
            guard let id = rd_kafka_clusterid(handle.pointer, deadline.milliseconds) else {
                throw KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT)
            }
            defer { rd_kafka_mem_free(handle.pointer, id) }
            return String(cString: id)
        }
    }
}
