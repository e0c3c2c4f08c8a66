/// A topic as the program wants it.
package struct TopicDeclaration: Sendable, Hashable {
    package var name: String
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

    /// The topic's settings by Kafka's names, in the order of a document. A broker before 3.6 does not know the last one,
    /// and sets no bound of its own there.
    package var settings: [(name: String, value: String)] {
        [
            ("cleanup.policy", "delete"), ("retention.ms", "\(retention ?? -1)"),
            ("max.message.bytes", "\(Self.largestBatch)"), (Self.timestampsAhead, "\(Int64.max)"),
        ]
    }

    /// By default a broker refuses records that are more than an hour ahead of its clock. A host whose clock is wrong is
    /// no reason to hold events back.
    static let timestampsAhead = "message.timestamp.after.max.ms"
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
    package var earliest: Int64
    /// The offset that the next record will get.
    package var end: Int64

    package init(partition: Int32, earliest: Int64, end: Int64) {
        self.partition = partition
        self.earliest = earliest
        self.end = end
    }
}
