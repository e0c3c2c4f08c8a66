package import Headers

/// A record on its way to the log.
package struct LogRecord: Sendable, Hashable {
    /// 1 to 249 characters of `a-z A-Z 0-9 . _ -`, as Kafka has it.
    package var topic: String
    /// nil: chosen from the key by murmur2, as Java's clients do; at random without a key.
    package var partition: Int32?
    /// Any bytes; records of one key are in one partition, in order. nil: none.
    package var key: [UInt8]?
    package var headers: RecordHeaders
    /// Any bytes; nil is a tombstone.
    package var value: [UInt8]?
    /// Milliseconds since 1970, UTC. nil: the moment of the append.
    package var timestamp: Int64?

    package init(
        topic: String, partition: Int32? = nil, key: [UInt8]?, headers: RecordHeaders = [], value: [UInt8]?,
        timestamp: Int64? = nil
    ) {
        self.topic = topic
        self.partition = partition
        self.key = key
        self.headers = headers
        self.value = value
        self.timestamp = timestamp
    }

    /// Bytes of key, headers and value.
    package var size: Int { (key?.count ?? 0) + headers.bytes.count + (value?.count ?? 0) }
}

/// Where a record stands in the log.
package struct LogPosition: Sendable, Hashable {
    package var topic: String
    package var partition: Int32
    /// Counts from 0 in its partition, with gaps where records were removed.
    package var offset: Int64

    package init(topic: String, partition: Int32, offset: Int64) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
    }

    /// `orders/3:17`, as tools show it and take it; nil for another form.
    package init?(_ text: some StringProtocol) {
        guard let slash = text.lastIndex(of: "/"), slash > text.startIndex else { return nil }
        let numbers = text[text.index(after: slash)...].split(separator: ":", omittingEmptySubsequences: false)
        guard numbers.count == 2, let partition = Int32(numbers[0]), let offset = Int64(numbers[1]), partition >= 0,
            offset >= 0
        else { return nil }
        self.init(topic: String(text[..<slash]), partition: partition, offset: offset)
    }

    /// `orders/3:17`, as tools show it and take it.
    package var text: String { "\(topic)/\(partition):\(offset)" }
}

/// A partition of a topic.
package struct LogPartition: Sendable, Hashable, Comparable {
    package var topic: String
    package var partition: Int32

    package init(topic: String, partition: Int32) {
        self.topic = topic
        self.partition = partition
    }

    /// `orders/3`, as tools show it.
    package var text: String { "\(topic)/\(partition)" }

    package static func < (one: LogPartition, other: LogPartition) -> Bool {
        (one.topic, one.partition) < (other.topic, other.partition)
    }
}

extension LogPosition {
    /// Without the offset.
    package var logPartition: LogPartition { LogPartition(topic: topic, partition: partition) }
}

/// A record as the log holds it.
package struct StoredRecord: Sendable, Hashable {
    package var position: LogPosition
    package var key: [UInt8]?
    package var headers: RecordHeaders
    package var value: [UInt8]?
    /// Milliseconds since 1970, UTC.
    package var timestamp: Int64

    package init(position: LogPosition, key: [UInt8]?, headers: RecordHeaders, value: [UInt8]?, timestamp: Int64) {
        self.position = position
        self.key = key
        self.headers = headers
        self.value = value
        self.timestamp = timestamp
    }

    /// What it takes in memory, about, in bytes.
    package var size: Int { 200 + (key?.count ?? 0) + (value?.count ?? 0) + headers.bytes.count }

    /// The last header of that name, as text; nil when it is missing, null or no UTF-8.
    package func header(_ name: String) -> String? {
        headers.text(name)
    }
}
