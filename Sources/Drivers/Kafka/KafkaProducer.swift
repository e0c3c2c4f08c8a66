/// Produces records, batch by batch: idempotent, acknowledged by all in-sync replicas, without lingering.
///
/// A thread of its own takes the delivery reports and resumes each batch once. When librdkafka's queue is full
/// (`queue.buffering.max.messages`, `.kbytes`) callers are suspended, in the order in which they came, until reports
/// make room. When the client fails for good, as an idempotent one may, it is replaced by a new one; the records that
/// it had not reported fail, and whoever waits goes on with the new one.
///
/// It may be made, and used, while Kafka is away: records then fail after `message.timeout.ms`.
package final class KafkaProducer: Sendable {
    let core: ProducerCore

    /// `topics` are known to be produced to: finding their leaders starts at once, not with the first record.
    /// Throws `_INVALID_ARG` for a property that librdkafka doesn't know.
    package init(
        _ configuration: KafkaConfiguration, topics: [String] = [], log: @escaping KafkaLogger
    ) throws(KafkaError) {
        let core = try ProducerCore(configuration, topics: topics, log: log)
        try core.start()
        self.core = core
    }

    deinit {
        assert(core.isClosed, "a KafkaProducer must be closed")
    }

    /// Produces a batch (at most 16,777,215 records); the outcomes come in the order of the records. Within a partition
    /// the records stand in the order given, and behind those of earlier calls. A record whose outcome is an error may
    /// have been appended all the same, if its error is retriable. Of each partition only the unbroken beginning succeeds:
    /// behind a record whose fate is not known, or that failed for want of the broker, later ones fail too. Records that
    /// travelled together are refused together: `blame` says whether one of them may be at fault. Ends within about `message.timeout.ms`; when the
    /// queue was full, within twice that. Is not cancelled.
    package func produce(_ records: [KafkaRecord]) async -> [Result<KafkaPosition, KafkaError>] {
        await core.produce(records)
    }

    /// Records that librdkafka has and has not reported on.
    package var unsent: Int { core.unsent }

    /// Finds the leaders of these topics' partitions, so that the next record to them need not wait for that.
    package func warm(_ topics: [String]) {
        core.warm(topics)
    }

    /// Takes no more records, waits for those on their way for as long as told, then fails them. Idempotent; every call
    /// returns when the client is gone.
    package func close(within limit: Duration) async {
        await core.close(within: limit)
    }
}
