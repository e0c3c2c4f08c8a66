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

    package init(name: String, partitions: Int32, replicationFactor: Int32, retention: Int64?, compacted: Bool) {
        self.name = name
        self.partitions = partitions
        self.replicationFactor = replicationFactor
        self.retention = retention
        self.compacted = compacted
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
