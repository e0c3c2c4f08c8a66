import CRdKafka

/// A topic to create.
package struct KafkaNewTopic: Sendable, Hashable {
    package var name: String
    package var partitions: Int32
    /// -1: as the broker's `default.replication.factor` says.
    package var replicationFactor: Int32
    /// Such as `retention.ms`.
    package var settings: [String: String]

    package init(name: String, partitions: Int32, replicationFactor: Int32 = -1, settings: [String: String] = [:]) {
        self.name = name
        self.partitions = partitions
        self.replicationFactor = replicationFactor
        self.settings = settings
    }
}

/// A topic as it is.
package struct KafkaTopic: Sendable, Hashable {
    package var name: String
    package var partitions: Int32
    package var replicationFactor: Int32
    /// All settings in force, defaults too.
    package var settings: [String: String]
}

extension KafkaAdmin {
    /// Creates topics. The outcomes come in the order given; `.topicAlreadyExists` is one of them.
    package func create(_ topics: [KafkaNewTopic]) async throws(KafkaError) -> [Result<Void, KafkaError>] {
        if topics.isEmpty { return [] }
        return try await call { (handle, deadline) throws(KafkaError) in
            var natives: [OpaquePointer?] = []
            defer { for native in natives { rd_kafka_NewTopic_destroy(native) } }
            for topic in topics { natives.append(try Self.native(topic)) }
            let request = try AdminRequest(handle, RD_KAFKA_ADMIN_OP_CREATETOPICS, deadline)
            rd_kafka_CreateTopics(handle.pointer, &natives, natives.count, request.options, request.queue)
            return try request.answer { event throws(KafkaError) in
                var count = 0
                let results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count)
                var outcomes: [String: Result<Void, KafkaError>] = [:]
                for index in 0..<count {
                    guard let result = results?[index], let name = rd_kafka_topic_result_name(result) else { continue }
                    let code = rd_kafka_topic_result_error(result)
                    let message = rd_kafka_topic_result_error_string(result).map { String(cString: $0) }
                    outcomes[String(cString: name)] =
                        code == RD_KAFKA_RESP_ERR_NO_ERROR ? .success(()) : .failure(KafkaError(code, message))
                }
                return topics.map { outcomes[$0.name] ?? .failure(KafkaError(RD_KAFKA_RESP_ERR__BAD_MSG)) }
            }
        }
    }

    private static func native(_ topic: KafkaNewTopic) throws(KafkaError) -> OpaquePointer {
        var reason = [CChar](repeating: 0, count: 256)
        guard
            let native = rd_kafka_NewTopic_new(
                topic.name, topic.partitions, topic.replicationFactor, &reason, reason.count)
        else { throw KafkaError(.invalidArgument, "topic \(topic.name): \(text(reason))") }
        for (name, value) in topic.settings { rd_kafka_NewTopic_set_config(native, name, value) }
        return native
    }

    /// Partitions and replicas of every topic, or of those named, by name; those that don't exist are left out.
    /// `settings` are asked for where told.
    package func topics(_ names: Set<String>? = nil, withSettings: Bool = false) async throws(KafkaError)
        -> [KafkaTopic]
    {
        try await call { (handle, deadline) throws(KafkaError) in
            var topics = try Self.metadata(handle, deadline).filter { names?.contains($0.name) ?? true }
            if withSettings, !topics.isEmpty {
                let settings = try Self.settings(of: topics.map(\.name), handle, deadline)
                for index in topics.indices { topics[index].settings = settings[topics[index].name] ?? [:] }
            }
            return topics.sorted { $0.name < $1.name }
        }
    }

    /// All topics: a request for a single one could create it, on a broker that is set so.
    static func metadata(_ handle: KafkaHandle, _ deadline: Deadline) throws(KafkaError) -> [KafkaTopic] {
        var pointer: UnsafePointer<rd_kafka_metadata>?
        try KafkaError.check(rd_kafka_metadata(handle.pointer, 1, nil, &pointer, deadline.milliseconds))
        defer { rd_kafka_metadata_destroy(pointer) }
        guard let metadata = pointer?.pointee else { return [] }
        return UnsafeBufferPointer(start: metadata.topics, count: Int(metadata.topic_cnt)).compactMap { topic in
            guard topic.err == RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
            return KafkaTopic(
                name: String(cString: topic.topic), partitions: topic.partition_cnt,
                replicationFactor: topic.partition_cnt > 0 ? Int32(topic.partitions[0].replica_cnt) : 0, settings: [:])
        }
    }
}
