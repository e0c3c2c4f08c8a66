/// The log as the services see it: Kafka, or a SQLite file on one machine. One contract suite runs on both.
package protocol EventLog: Sendable {
    /// Appends a batch. The outcomes come in the order of the records, each durable as far as the log promises
    /// (Kafka: acks=all; embedded: fsync). Records of one partition stand in the order in which they were given, and of
    /// each only the unbroken beginning is acknowledged: behind one that found the log away, or whose fate is not known,
    /// later ones fail too, although they may be there.
    ///
    /// `.refused` is about that very record, whatever it was sent with. What was sent with it is there, perhaps behind later
    /// records of other keys. A log that refuses a timestamp gets the record with another one.
    func append(_ records: [LogRecord]) async -> [Result<LogPosition, EventLogError>]

    /// Appends what was refused before and may well be refused again, so that this holds up no other append.
    func probe(_ records: [LogRecord]) async -> [Result<LogPosition, EventLogError>]

    /// Joins `group` and reads `topics` from where `starts` says; nil: from its committed offsets, from the earliest record
    /// where it has none. Topics that do not exist yet are read as soon as they do.
    func consumer(
        group: String, topics: [String], starts: PartitionStarts?
    ) async throws(EventLogError) -> any EventConsumer

    /// Up to `limit` records of one partition from `offset` on, as they stand; fewer, or none, at its end, and fewer
    /// where they are large: the one that goes beyond `EventLogPage.bytes` is the last. An offset below the earliest
    /// retained record starts there.
    func read(topic: String, partition: Int32, from offset: Int64, limit: Int) async throws(EventLogError)
        -> [StoredRecord]

    /// The offset of the first record whose timestamp is `timestamp` (milliseconds since 1970) or later; the
    /// partition's end when there is none.
    func offset(topic: String, partition: Int32, at timestamp: Int64) async throws(EventLogError) -> Int64

    /// How many partitions a topic has; `.unknownTopic` when there is no such topic. Asks none of their leaders.
    func partitions(of topic: String) async throws(EventLogError) -> Int32

    /// The retained range of each partition, in the order of partitions; `.unknownTopic` when there is no such topic.
    func ranges(topic: String) async throws(EventLogError) -> [PartitionRange]

    /// Every topic of the log, by name, without the log's own.
    func topics() async throws(EventLogError) -> [TopicDescription]

    /// Those of these topics that are there.
    func existing(_ topics: [String]) async throws(EventLogError) -> Set<String>

    /// Those of these topics that are there, by name, with their settings.
    func describe(_ topics: [String]) async throws(EventLogError) -> [TopicDescription]

    /// Gives settings of a topic that is there other values, by Kafka's names; all others stay as they are. Throws
    /// `.unknownTopic`, and `.refused` for what the log does not take.
    func change(_ topic: String, to settings: [TopicSetting]) async throws(EventLogError)

    /// Creates what does not exist yet; never changes what does.
    func create(_ topics: [TopicDeclaration]) async throws(EventLogError)

    /// The committed offsets of a group, as positions of the next record to read; empty for an unknown group.
    func committedOffsets(group: String) async throws(EventLogError) -> [LogPosition]

    /// Every consumer group that the log knows of, by name.
    func groups() async throws(EventLogError) -> [String]

    /// A group's members, and what each of them reads; without members for a group that nobody knows.
    func members(group: String) async throws(EventLogError) -> GroupMembers

    /// Moves the committed offsets of a group, those of the partitions that are named, while it has no member;
    /// `.groupInUse` when it has.
    func moveOffsets(group: String, to positions: [LogPosition]) async throws(EventLogError)

    /// Which log it is, for as long as it lives: `kafka:` and its cluster's id, or `file:` and an id made at random.
    func identity() async throws(EventLogError) -> String

    /// Whether the log answers, within `seconds`.
    func isReachable(within seconds: Double) async -> Bool

    /// Records that were handed over to be appended, and are not known to be. 0 where each append is done at once.
    var unsent: Int { get }

    /// Waits for what is being appended, lets go of the log. Idempotent; nothing may be called after it.
    func close() async
}

extension EventLog {
    package var unsent: Int { 0 }

    package func consumer(group: String, topics: [String]) async throws(EventLogError) -> any EventConsumer {
        try await consumer(group: group, topics: topics, starts: nil)
    }

    package func partitions(of topic: String) async throws(EventLogError) -> Int32 {
        guard let found = try await topics().first(where: { $0.name.utf8.elementsEqual(topic.utf8) }) else {
            throw EventLogError(.unknownTopic, "there is no topic \(topic)")
        }
        return found.partitions
    }

    package func existing(_ topics: [String]) async throws(EventLogError) -> Set<String> {
        Set(topics).intersection(try await self.topics().map(\.name))
    }

    package func describe(_ topics: [String]) async throws(EventLogError) -> [TopicDescription] {
        try await self.topics().filter { topics.contains($0.name) }
    }

    package func change(_ topic: String, to settings: [TopicSetting]) async throws(EventLogError) {
        throw EventLogError(.refused, "this log's topics can't be changed")
    }

    /// To a log without requests it is all the same.
    package func probe(_ records: [LogRecord]) async -> [Result<LogPosition, EventLogError>] { await append(records) }
}

/// What one read of a log answers at the most, beside its limit.
package enum EventLogPage {
    /// About what the records of one read may take in memory: a tool holds a few pages of each partition.
    package static let bytes = 1 << 20
}

/// Where a member of a group starts to read a partition that it was given.
package struct PartitionStart: Sendable, Hashable {
    package var position: LogPosition
    /// Whether it is committed at once, in the place of what was committed before.
    package var mustCommit: Bool

    package init(_ position: LogPosition, mustCommit: Bool) {
        self.position = position
        self.mustCommit = mustCommit
    }
}

/// Says where to start, each time that partitions are given to a member, before any of them is read; also when none is left to
/// it: what it had belongs to others. Its task is cancelled
/// when nobody needs the answer any more; then it may answer nil.
package typealias PartitionStarts = @Sendable (_ partitions: [LogPartition]) async -> [PartitionStart]?

/// A member of a consumer group.
package protocol EventConsumer: Sendable {
    /// The next batch of 1 to `limit` records, in order within each partition; waits for it. nil once the consumer is
    /// closed, or when the calling task is cancelled. An error is passing trouble (`.unavailable`): call again.
    func next(limit: Int) async throws(EventLogError) -> [StoredRecord]?

    /// The work on these records, and on all before them in their partitions, is committed: a restarted member goes
    /// on behind them. Acknowledging a partition that has moved to another member is no error and does nothing.
    func acknowledge(_ records: [StoredRecord]) async

    /// `next` answers no records of these partitions until they are resumed, or given to this member anew.
    func pause(_ partitions: [LogPartition]) async

    func resume(_ partitions: [LogPartition]) async

    /// Leaves the group after storing what was acknowledged. Idempotent; a waiting `next` answers nil.
    func close() async
}

/// Why the log could not do what it was asked.
package struct EventLogError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What a caller can do about it.
    package enum Kind: Sendable, Equatable {
        /// The log does not answer, for now, or it is not known whether the record was appended: try again.
        case unavailable
        /// The log refuses this record, as it is and as the log is set (too large, for one): others pass. Settings change,
        /// so it is worth trying again, and no use to do that at once.
        case refused
        case unknownTopic
        /// The group has a member: no second one is possible (the embedded log), or its offsets can't be moved.
        case groupInUse
        /// `close` was called.
        case closed
    }

    /// What a caller can do about it.
    package var kind: Kind
    /// For people: what failed, and where it helps, what to do.
    package var message: String
    /// Where a record was to go that was not appended, if that is known.
    package var partition: LogPartition?

    package init(_ kind: Kind, _ message: String, partition: LogPartition? = nil) {
        self.kind = kind
        self.message = message
        self.partition = partition
    }

    package var description: String { message }
}
