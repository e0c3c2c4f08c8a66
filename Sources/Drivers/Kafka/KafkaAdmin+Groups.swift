import CRdKafka

extension KafkaAdmin {
    /// Every consumer group, active or with committed offsets, by name. Throws when a broker did not answer.
    package func groups() async throws(KafkaError) -> [String] {
        try await call { (handle, deadline) throws(KafkaError) in
            let request = try AdminRequest(handle, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS, deadline)
            rd_kafka_ListConsumerGroups(handle.pointer, request.options, request.queue)
            return try request.answer { event throws(KafkaError) in
                let result = rd_kafka_event_ListConsumerGroups_result(event)
                var count = 0
                let errors = rd_kafka_ListConsumerGroups_result_errors(result, &count)
                // These belong to the result, unlike other error objects.
                if count > 0, let error = errors?[0] {
                    throw KafkaError(
                        rd_kafka_error_code(error), rd_kafka_error_string(error).map { String(cString: $0) })
                }
                let groups = rd_kafka_ListConsumerGroups_result_valid(result, &count)
                return (0..<count).map { String(cString: rd_kafka_ConsumerGroupListing_group_id(groups?[$0])) }.sorted()
            }
        }
    }

    /// The committed offsets of a group in the topics that exist, those of the next records to read, by topic and
    /// partition; empty for a group that has none or does not exist.
    ///
    /// Asked as a consumer of that group asks, one that never joins it: librdkafka 2.0's ListConsumerGroupOffsets fails
    /// while the group's coordinator is still being found or loaded, and crashes on an answer that comes after its timeout.
    package func committedOffsets(of group: String) async throws(KafkaError) -> [KafkaPosition] {
        let partitions = try await topics().flatMap { topic in
            (0..<topic.partitions).map { KafkaPosition(topic: topic.name, partition: $0, offset: -1) }
        }
        if partitions.isEmpty { return [] }
        return try await asOutsider(of: group, isKept: true) { (member, deadline) throws(KafkaError) in
            try Self.committed(partitions, member, deadline)
        }
    }

    /// Commits these offsets for a group that has no members. Throws `UNKNOWN_MEMBER_ID` when it has.
    package func commit(_ positions: [KafkaPosition], for group: String) async throws(KafkaError) {
        try await asOutsider(of: group, isKept: false) { (member, _) throws(KafkaError) in
            let list = PartitionList(positions)
            try KafkaError.check(list.withPointer { rd_kafka_commit(member.pointer, $0, 0) })
            try list.check()
        }
    }

    /// Runs `body` with a client that has the group's name and never joins it.
    ///
    /// - Parameter isKept: whether the client may be one that was used before, and is kept for the next
    private func asOutsider<Value: Sendable>(
        of group: String, isKept: Bool,
        _ body: @escaping @Sendable (KafkaHandle, Deadline) throws(KafkaError) -> Value
    ) async throws(KafkaError) -> Value {
        let configuration = configuration
        return try await withClient { (client, deadline) throws(KafkaError) in
            let handle = client.handle
            func make() throws(KafkaError) -> KafkaHandle {
                let native = try configuration.native(
                    defaults: KafkaConfiguration.consumer, fixed: ["group.id": group, "enable.auto.commit": "false"])
                return try native.makeHandle(RD_KAFKA_CONSUMER, credentials: configuration.credentials, log: handle.log)
            }
            if isKept {
                return try client.groups.run(group, make: make) { (member) throws(KafkaError) in
                    try deadline.retrying { () throws(KafkaError) in try body(member, deadline) }
                }
            }
            let member = try make()
            defer { member.destroy(flags: RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE) }
            return try deadline.retrying { () throws(KafkaError) in try body(member, deadline) }
        }
    }

    private static func committed(
        _ partitions: [KafkaPosition], _ member: KafkaHandle, _ deadline: Deadline
    ) throws(KafkaError) -> [KafkaPosition] {
        let list = PartitionList(partitions)
        try KafkaError.check(list.withPointer { rd_kafka_committed(member.pointer, $0, deadline.milliseconds) })
        try list.check()
        return list.positions.filter { $0.offset >= 0 }
            .sorted { ($0.topic, $0.partition) < ($1.topic, $1.partition) }
    }
}
