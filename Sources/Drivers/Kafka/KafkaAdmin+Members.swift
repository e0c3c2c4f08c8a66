import CRdKafka

/// A consumer group as its coordinator sees it.
package struct KafkaGroup: Sendable, Hashable {
    /// One consumer of the group.
    package struct Member: Sendable, Hashable {
        /// As the coordinator made it: the `group.instance.id` or else the `client.id`, and a UUID.
        package var id: String
        /// Its `client.id`.
        package var clientID: String
        package var host: String
        /// None while the group is rebalancing.
        package var partitions: [KafkaPartition]
    }

    /// Kafka's word: `Stable`, `PreparingRebalance`, `CompletingRebalance`, `Empty`, `Dead` (also when there is none).
    package var state: String
    package var members: [Member]
}

extension KafkaAdmin {
    /// Asked by `rd_kafka_list_groups`, which waits for the answer: in librdkafka, up to 2.14 at least, the admin API's
    /// requests to a coordinator abort the process when one fails or comes too late (issues 4605 and 5397).
    package func describe(group: String) async throws(KafkaError) -> KafkaGroup {
        try await call { (handle, deadline) throws(KafkaError) in
            try deadline.retrying { () throws(KafkaError) in try Self.describe(group, handle, deadline) }
        }
    }

    private static func describe(
        _ name: String, _ handle: KafkaHandle, _ deadline: Deadline
    ) throws(KafkaError) -> KafkaGroup {
        var list: UnsafePointer<rd_kafka_group_list>?
        let code = rd_kafka_list_groups(handle.pointer, name, &list, deadline.milliseconds)
        defer { if list != nil { rd_kafka_group_list_destroy(list) } }
        // Some broker did not answer; the coordinator may have.
        if code != RD_KAFKA_RESP_ERR__PARTIAL { try KafkaError.check(code) }
        // Only its coordinator knows it; of the other brokers each answers nothing, or an error of its own.
        let groups = list.map { UnsafeBufferPointer(start: $0.pointee.groups, count: Int($0.pointee.group_cnt)) }
        guard let group = groups?.first(where: { $0.err == RD_KAFKA_RESP_ERR_NO_ERROR }) else {
            if let group = groups?.first { try KafkaError.check(group.err) }
            if code == RD_KAFKA_RESP_ERR__PARTIAL { throw KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT) }
            return KafkaGroup(state: "Dead", members: [])
        }
        return KafkaGroup(
            state: String(cString: group.state),
            members: UnsafeBufferPointer(start: group.members, count: Int(group.member_cnt)).map { member in
                KafkaGroup.Member(
                    id: String(cString: member.member_id), clientID: String(cString: member.client_id),
                    host: String(cString: member.client_host),
                    partitions: MemberAssignment.partitions(
                        UnsafeRawBufferPointer(
                            start: member.member_assignment, count: Int(member.member_assignment_size))))
            })
    }
}

/// What the leader of a group assigned to a member, in the format of Kafka's ConsumerProtocolAssignment: version, topics,
/// each with its partitions; numbers are big-endian.
enum MemberAssignment {
    /// As far as the bytes can be read.
    static func partitions(_ bytes: UnsafeRawBufferPointer) -> [KafkaPartition] {
        var rest = bytes[...]
        func number<Number: FixedWidthInteger>(_: Number.Type) -> Number? {
            let size = MemoryLayout<Number>.size
            guard rest.count >= size else { return nil }
            defer { rest = rest.dropFirst(size) }
            return rest.prefix(size).reduce(0) { $0 << 8 | Number(truncatingIfNeeded: $1) }
        }
        var partitions: [KafkaPartition] = []
        guard number(Int16.self) != nil, let topics = number(Int32.self) else { return [] }
        for _ in 0..<max(topics, 0) {
            guard let length = number(Int16.self), length >= 0, rest.count >= length else { return partitions }
            let topic = String(decoding: rest.prefix(Int(length)), as: UTF8.self)
            rest = rest.dropFirst(Int(length))
            guard let count = number(Int32.self) else { return partitions }
            for _ in 0..<max(count, 0) {
                guard let partition = number(Int32.self) else { return partitions }
                partitions.append(KafkaPartition(topic: topic, partition: partition))
            }
        }
        return partitions
    }
}
