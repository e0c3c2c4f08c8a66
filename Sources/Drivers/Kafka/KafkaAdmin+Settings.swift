import CRdKafka

extension KafkaAdmin {
    /// Gives settings of a topic other values. Those that were set for the topic otherwise stay as they are.
    ///
    /// librdkafka before 2.2 knows only the request that replaces all settings of a topic, so they are read first: what
    /// somebody else changes in the same moment may be lost.
    package func change(_ topic: String, to settings: [String: String]) async throws(KafkaError) {
        try await call { (handle, deadline) throws(KafkaError) in
            let all = try Self.ownSettings(of: topic, handle, deadline).merging(settings) { $1 }
            var resources: [OpaquePointer?] = [rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic)]
            defer { for resource in resources { rd_kafka_ConfigResource_destroy(resource) } }
            for (name, value) in all {
                try KafkaError.check(rd_kafka_ConfigResource_set_config(resources[0], name, value))
            }
            let request = try AdminRequest(handle, RD_KAFKA_ADMIN_OP_ALTERCONFIGS, deadline)
            rd_kafka_AlterConfigs(handle.pointer, &resources, resources.count, request.options, request.queue)
            try request.answer { event throws(KafkaError) in
                var count = 0
                let results = rd_kafka_AlterConfigs_result_resources(rd_kafka_event_AlterConfigs_result(event), &count)
                for index in 0..<count {
                    let code = rd_kafka_ConfigResource_error(results?[index])
                    guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { continue }
                    throw KafkaError(
                        code, rd_kafka_ConfigResource_error_string(results?[index]).map { String(cString: $0) })
                }
            }
        }
    }

    /// What was set for the topic itself, and is no broker's default.
    private static func ownSettings(
        of topic: String, _ handle: KafkaHandle, _ deadline: Deadline
    ) throws(KafkaError) -> [String: String] {
        try settings(of: [topic], handle, deadline) { entry in
            rd_kafka_ConfigEntry_source(entry) == RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG
        }[topic] ?? [:]
    }

    /// The settings in force of each topic that is there, by topic and name.
    static func settings(
        of topics: [String], _ handle: KafkaHandle, _ deadline: Deadline,
        where isWanted: (OpaquePointer?) -> Bool = { _ in true }
    ) throws(KafkaError) -> [String: [String: String]] {
        var resources: [OpaquePointer?] = topics.map { rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, $0) }
        defer { for resource in resources { rd_kafka_ConfigResource_destroy(resource) } }
        let request = try AdminRequest(handle, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, deadline)
        rd_kafka_DescribeConfigs(handle.pointer, &resources, resources.count, request.options, request.queue)
        return try request.answer { event throws(KafkaError) in
            var count = 0
            let results = rd_kafka_DescribeConfigs_result_resources(
                rd_kafka_event_DescribeConfigs_result(event), &count)
            var settings: [String: [String: String]] = [:]
            for index in 0..<count {
                guard let resource = results?[index] else { continue }
                // A topic may have gone since.
                if rd_kafka_ConfigResource_error(resource) == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART { continue }
                try KafkaError.check(rd_kafka_ConfigResource_error(resource))
                var entryCount = 0
                let entries = rd_kafka_ConfigResource_configs(resource, &entryCount)
                var values: [String: String] = [:]
                for entry in 0..<entryCount {
                    guard isWanted(entries?[entry]), let name = rd_kafka_ConfigEntry_name(entries?[entry]),
                        let value = rd_kafka_ConfigEntry_value(entries?[entry])
                    else { continue }
                    values[String(cString: name)] = String(cString: value)
                }
                settings[String(cString: rd_kafka_ConfigResource_name(resource))] = values
            }
            return settings
        }
    }
}
