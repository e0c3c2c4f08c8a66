import Kafka

/// A member of a Kafka consumer group.
final class KafkaEventConsumer: EventConsumer {
    private let consumer: KafkaConsumer

    init(_ consumer: KafkaConsumer) {
        self.consumer = consumer
    }

    func next(limit: Int) async throws(EventLogError) -> [StoredRecord]? {
        do throws(KafkaError) {
            return try await consumer.next(limit: limit)?.map(StoredRecord.init)
        } catch {
            guard error.code != .fencedInstance else { throw EventLogError(.refused, Self.fenced) }
            throw EventLogError(error)
        }
    }

    /// For good: were it to join again, the two would put each other out by turns.
    private static let fenced = """
        another replica reads under the same name (--kafka-instance, KAFKA_INSTANCE): give each a name of its own, and start \
        this one again
        """

    func acknowledge(_ records: [StoredRecord]) async {
        var ends: [KafkaPartition: Int64] = [:]
        for position in records.lazy.map(\.position) {
            let partition = KafkaPartition(topic: position.topic, partition: position.partition)
            ends[partition] = max(ends[partition] ?? 0, position.offset + 1)
        }
        consumer.store(ends.map { KafkaPosition(topic: $0.topic, partition: $0.partition, offset: $1) })
    }

    func pause(_ partitions: [LogPartition]) async { await consumer.pause(partitions.map(KafkaPartition.init)) }

    func resume(_ partitions: [LogPartition]) async { await consumer.resume(partitions.map(KafkaPartition.init)) }

    func close() async {
        await consumer.close()
    }
}
