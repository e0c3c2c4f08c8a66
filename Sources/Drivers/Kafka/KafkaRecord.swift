package import Headers

/// A record to produce.
package struct KafkaRecord: Sendable {
    package var topic: String
    /// nil: the partitioner chooses, from the key where there is one.
    package var partition: Int32?
    package var key: [UInt8]?
    /// Names without NUL characters.
    package var headers: RecordHeaders
    /// nil is a tombstone.
    package var value: [UInt8]?
    /// Milliseconds since 1970, UTC. nil: the present moment. 0 becomes 1: librdkafka takes 0 for the present moment.
    package var timestamp: Int64?

    package init(
        topic: String, partition: Int32? = nil, key: [UInt8]? = nil, headers: RecordHeaders = [], value: [UInt8]?,
        timestamp: Int64? = nil
    ) {
        self.topic = topic
        self.partition = partition
        self.key = key
        self.headers = headers
        self.value = value
        self.timestamp = timestamp
    }
}

/// A partition of a topic.
package struct KafkaPartition: Sendable, Hashable {
    package var topic: String
    package var partition: Int32

    package init(topic: String, partition: Int32) {
        self.topic = topic
        self.partition = partition
    }
}

/// A place in a partition: that of a record, or of the next one to read.
package struct KafkaPosition: Sendable, Hashable {
    package var topic: String
    package var partition: Int32
    package var offset: Int64

    package init(topic: String, partition: Int32, offset: Int64) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
    }
}

/// A record as Kafka holds it.
package struct KafkaMessage: Sendable {
    package var topic: String
    package var partition: Int32
    package var offset: Int64
    /// Milliseconds since 1970, UTC; -1 when the topic keeps none.
    package var timestamp: Int64
    package var key: [UInt8]?
    package var headers: RecordHeaders
    package var value: [UInt8]?

    /// What it takes in memory, about, in bytes.
    var size: Int {
        200 + (key?.count ?? 0) + (value?.count ?? 0) + headers.bytes.count
    }
}

/// How much is read at a time.
package struct PageLimit: Sendable, Hashable {
    /// 0 or more.
    package var records: Int
    /// About what they may take in memory. The record that goes beyond it is the last one.
    package var bytes: Int

    package init(records: Int, bytes: Int) {
        precondition(records >= 0 && bytes > 0, "a limit is not negative, and leaves room for a record")
        self.records = records
        self.bytes = bytes
    }
}
