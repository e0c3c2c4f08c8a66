import CRdKafka
import Glibc

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

    /// The committed offsets of a group, those of the next records to read, by topic and partition; empty for a group
    /// that has none or does not exist.
    package func committedOffsets(of group: String) async throws(KafkaError) -> [KafkaPosition] {
        try await call { (handle, deadline) throws(KafkaError) in
            while true {
                do throws(KafkaError) {
                    return try Self.committedOffsets(of: group, handle, deadline.atMost(Self.coordinatorTry))
                } catch {
                    guard error.code.meansNoCoordinatorYet, !deadline.hasPassed else { throw error }
                    // This thread is the call's own.
                    usleep(100_000)
                }
            }
        }
    }

    /// A Kafka on which no group was ever active has no coordinators, and one that has just started is still reading the
    /// groups' offsets. librdkafka hands on the second answer, and after the first it may wait for ever: asked again, it
    /// finds the coordinator.
    private static let coordinatorTry: Duration = .seconds(2)

    private static func committedOffsets(
        of group: String, _ handle: KafkaHandle, _ deadline: Deadline
    ) throws(KafkaError) -> [KafkaPosition] {
        var requests: [OpaquePointer?] = [rd_kafka_ListConsumerGroupOffsets_new(group, nil)]
        defer { rd_kafka_ListConsumerGroupOffsets_destroy(requests[0]) }
        let request = try AdminRequest(handle, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS, deadline)
        rd_kafka_ListConsumerGroupOffsets(handle.pointer, &requests, 1, request.options, request.queue)
        return try request.answer { event throws(KafkaError) in
            var count = 0
            let groups = rd_kafka_ListConsumerGroupOffsets_result_groups(
                rd_kafka_event_ListConsumerGroupOffsets_result(event), &count)
            guard count > 0, let group = groups?[0] else { return [] }
            if let error = rd_kafka_group_result_error(group) {
                throw KafkaError(rd_kafka_error_code(error), rd_kafka_error_string(error).map { String(cString: $0) })
            }
            guard let list = rd_kafka_group_result_partitions(group) else { return [] }
            return PartitionList.positions(list).filter { $0.offset >= 0 }
                .sorted { ($0.topic, $0.partition) < ($1.topic, $1.partition) }
        }
    }
}

extension KafkaError.Code {
    fileprivate var meansNoCoordinatorYet: Bool {
        [
            Self(RD_KAFKA_RESP_ERR__TIMED_OUT), Self(RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE),
            Self(RD_KAFKA_RESP_ERR__WAIT_COORD), Self(RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS),
            Self(RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE), Self(RD_KAFKA_RESP_ERR_NOT_COORDINATOR),
        ].contains(self)
    }
}
