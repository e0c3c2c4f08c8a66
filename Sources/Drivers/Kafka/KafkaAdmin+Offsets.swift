import CRdKafka

/// The records that a partition holds: `earliest ..< end`.
package struct KafkaWatermarks: Sendable, Hashable {
    package var partition: KafkaPartition
    package var earliest: Int64
    /// The offset that the next record will get.
    package var end: Int64
}

extension KafkaAdmin {
    /// The ends of these partitions, in the order given. Throws an error whose code `isUnknownTopic` when one does not
    /// exist.
    package func watermarks(_ partitions: [KafkaPartition]) async throws(KafkaError) -> [KafkaWatermarks] {
        try await call { (handle, deadline) throws(KafkaError) in
            let beginning = Int64(RD_KAFKA_OFFSET_BEGINNING), end = Int64(RD_KAFKA_OFFSET_END)
            let earliest = try Self.offsets(partitions, at: beginning, handle, deadline)
            let ends = try Self.offsets(partitions, at: end, handle, deadline)
            return partitions.indices.map {
                KafkaWatermarks(partition: partitions[$0], earliest: earliest[$0], end: ends[$0])
            }
        }
    }

    /// The offset of the first record of each partition whose timestamp is `timestamp` (milliseconds since 1970) or
    /// later, in the order given; nil where there is none.
    package func offsets(_ partitions: [KafkaPartition], at timestamp: Int64) async throws(KafkaError) -> [Int64?] {
        try await call { (handle, deadline) throws(KafkaError) in
            // Times below 0 have meanings of their own to Kafka, and no record is as old.
            try Self.offsets(partitions, at: max(0, timestamp), handle, deadline).map { $0 >= 0 ? $0 : nil }
        }
    }

    /// A partition whose leader is just changing, or was just made, is asked for again until the deadline.
    private static func offsets(
        _ partitions: [KafkaPartition], at time: Int64, _ handle: KafkaHandle, _ deadline: Deadline
    ) throws(KafkaError) -> [Int64] {
        try deadline.retrying { () throws(KafkaError) in try offsetsOnce(partitions, at: time, handle, deadline) }
    }

    /// One request to each leader for all its partitions.
    private static func offsetsOnce(
        _ partitions: [KafkaPartition], at time: Int64, _ handle: KafkaHandle, _ deadline: Deadline
    ) throws(KafkaError) -> [Int64] {
        if partitions.isEmpty { return [] }
        // The wanted time travels in the place of the offset.
        let list = PartitionList(
            partitions.map { KafkaPosition(topic: $0.topic, partition: $0.partition, offset: time) })
        try KafkaError.check(
            list.withPointer { rd_kafka_offsets_for_times(handle.pointer, $0, deadline.milliseconds) })
        try list.check()
        let found = Dictionary(
            list.positions.map { (KafkaPartition(topic: $0.topic, partition: $0.partition), $0.offset) }
        ) { first, _ in first }
        return partitions.map { found[$0] ?? -1 }
    }
}
