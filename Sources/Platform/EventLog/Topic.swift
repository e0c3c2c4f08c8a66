/// A topic as the program wants it.
package struct TopicDeclaration: Sendable, Hashable {
    package var name: String
    /// 1 or more. Where a key goes depends on it, so it never changes.
    package var partitions: Int32
    /// How long records are kept, in milliseconds; nil: for ever.
    package var retention: Int64?

    package init(name: String, partitions: Int32, retention: Int64?) {
        self.name = name
        self.partitions = partitions
        self.retention = retention
    }

    /// The most that a topic takes in one piece, in bytes: a record with its key and headers may have 4 MiB, and there is
    /// something around it. Brokers allow less by default.
    package static let largestBatch: Int64 = 5 << 20

    /// The topic's settings by Kafka's names, in the order of a document: what a broker's own defaults may have otherwise,
    /// and would lose, refuse or date events by.
    package var settings: [TopicSetting] {
        [
            TopicSetting(.cleanupPolicy, "delete"), TopicSetting(.retention, "\(retention ?? -1)"),
            TopicSetting(.retentionBytes, "-1"), TopicSetting(.largestBatch, "\(Self.largestBatch)"),
            TopicSetting(.timestampType, "CreateTime"), TopicSetting(.timestampsBehind, "\(Int64.max)"),
            TopicSetting(.timestampsAhead, "\(Int64.max)"),
        ]
    }
}

/// A setting of a topic.
package struct TopicSetting: Sendable, Hashable {
    /// Kafka's names of the settings that matter here.
    package enum Name: String, Sendable, CaseIterable {
        case cleanupPolicy = "cleanup.policy"
        /// In milliseconds; -1: for ever.
        case retention = "retention.ms"
        /// Of each partition; -1: however much there is.
        case retentionBytes = "retention.bytes"
        case largestBatch = "max.message.bytes"
        /// Whether a record's timestamp is its sender's (CreateTime) or the broker's.
        case timestampType = "message.timestamp.type"
        /// How far a record's timestamp may be behind the broker's clock, in milliseconds: what waited long, was imported
        /// or moved is old.
        case timestampsBehind = "message.timestamp.before.max.ms"
        /// By default a broker refuses records that are more than an hour ahead of its clock. A host whose clock is wrong
        /// is no reason to hold events back.
        case timestampsAhead = "message.timestamp.after.max.ms"

        /// Whether brokers before 3.6 refuse it, which set no bound of their own there.
        var isYoung: Bool { self == .timestampsAhead || self == .timestampsBehind }
    }

    package var name: Name
    package var value: String

    package init(_ name: Name, _ value: String) {
        self.name = name
        self.value = value
    }

    /// `name=value`, as Kafka's tools take it.
    package var text: String { "\(name.rawValue)=\(value)" }
}

/// A topic as it is.
package struct TopicDescription: Sendable, Hashable {
    package var name: String
    package var partitions: Int32
    /// 1 on the embedded log.
    package var replicationFactor: Int32
    /// In milliseconds; nil: for ever.
    package var retention: Int64?
    /// Whether old records of a key give way to newer ones (`cleanup.policy` has `compact`).
    package var compacted: Bool
    /// The most that the topic takes in one piece, in bytes; nil: nobody set a bound there.
    package var largestBatch: Int64?
    /// How far a record's timestamp may be ahead of the log's clock, in milliseconds; nil: as far as it likes.
    package var timestampsAhead: Int64?
    /// The same, behind it.
    package var timestampsBehind: Int64?
    /// How many bytes of each partition are kept; nil: however many there are.
    package var retentionBytes: Int64?
    /// Whether records get the broker's time in the place of their own.
    package var isStampedByBroker = false

    package init(
        name: String, partitions: Int32, replicationFactor: Int32, retention: Int64?, compacted: Bool,
        largestBatch: Int64? = nil, timestampsAhead: Int64? = nil
    ) {
        self.name = name
        self.partitions = partitions
        self.replicationFactor = replicationFactor
        self.retention = retention
        self.compacted = compacted
        self.largestBatch = largestBatch
        self.timestampsAhead = timestampsAhead
    }
}

/// The retained records of a partition: `earliest ..< end`.
package struct PartitionRange: Sendable, Hashable {
    package var partition: Int32
    /// The offset of the first record that is kept, or `end`.
    package var earliest: Int64
    /// The offset that the next record will get.
    package var end: Int64

    package init(partition: Int32, earliest: Int64, end: Int64) {
        self.partition = partition
        self.earliest = earliest
        self.end = end
    }
}
