/// Where a member starts to read a partition that it was given.
package struct KafkaStart: Sendable, Hashable {
    package var partition: KafkaPartition
    package var offset: Int64
    /// Whether the offset is committed at once, in the place of what was committed before.
    package var mustCommit: Bool

    package init(partition: KafkaPartition, offset: Int64, mustCommit: Bool) {
        self.partition = partition
        self.offset = offset
        self.mustCommit = mustCommit
    }
}

/// Says where to start, each time that partitions are given to a member, also none at all, and when one of them does not hold
/// the offset that is to be read next. Until it answers nothing is read. Its task is cancelled when nobody needs the answer any more; then
/// it may answer nil.
package typealias KafkaStarts = @Sendable (_ partitions: [KafkaPartition]) async -> [KafkaStart]?

/// A member of a consumer group.
///
/// A thread of its own takes records from librdkafka as they come, up to a bound, and sees to rebalances, also while
/// nobody asks for records. Offsets are committed by librdkafka every `auto.commit.interval.ms`, when partitions are
/// given up and at the end: those that `store` was told.
///
/// It may be made while Kafka is away, or before the topics exist: records come once they do.
package final class KafkaConsumer: Sendable {
    let core: ConsumerCore

    /// `prefetch` bounds the records that wait here for `next` (librdkafka keeps its own, `queued.min.messages` and
    /// `queued.max.messages.kbytes`). Before partitions are given up to another member, the consumer waits for up to
    /// `revokeWait` until the records handed out are stored. `starts` nil: it starts where the group committed last, or at
    /// the earliest record. Throws `_INVALID_ARG` for a property that librdkafka
    /// doesn't know.
    package init(
        _ configuration: KafkaConfiguration, group: String, topics: [String], prefetch: Int = 1_000,
        revokeWait: Duration = .seconds(5), starts: KafkaStarts? = nil, log: @escaping KafkaLogger
    ) throws(KafkaError) {
        let core = try ConsumerCore(
            configuration, group: group, topics: topics, prefetch: prefetch, revokeWait: revokeWait, starts: starts,
            log: log)
        try core.start()
        self.core = core
    }

    deinit {
        assert(core.isClosed, "a KafkaConsumer must be closed")
    }

    /// The next 1 to `limit` records, in order within each partition, of about 4 MiB; waits for them. nil once the consumer is closed,
    /// or when the calling task is cancelled. Throws what keeps records from coming and does not pass by itself:
    /// refused access, a fatal error. That Kafka is away or a topic missing is logged only.
    package func next(limit: Int) async throws(KafkaError) -> [KafkaMessage]? {
        try await core.next(limit: limit)
    }

    /// The work on all records below these offsets is done: a restarted member goes on there (the offset is that of the
    /// last finished record plus 1). A partition that is no longer this member's is ignored, and so is an offset below
    /// one that was stored already. Returns at once; the commit follows.
    package func store(_ offsets: [KafkaPosition]) {
        core.store(offsets)
    }

    /// `next` answers no records of these partitions until they are resumed, or given to this member anew.
    package func pause(_ partitions: [KafkaPartition]) async {
        await core.command(.pause(partitions))
    }

    /// Ends `pause`; nothing for a partition that is not paused or no longer this member's.
    package func resume(_ partitions: [KafkaPartition]) async {
        await core.command(.resume(partitions))
    }

    /// The partitions that this member has, at the moment.
    package var assignment: Set<KafkaPartition> { core.assignment }

    /// Commits what was stored and leaves the group; a waiting `next` answers nil at once. Takes at most a few seconds,
    /// also when Kafka is away. Idempotent; every call returns when the client is gone.
    package func close() async {
        await core.close()
    }
}
