import CRdKafka

/// librdkafka's list of partitions, each with an offset, an error and more. Frees itself.
struct PartitionList: ~Copyable {
    private let pointer: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

    init(capacity: Int = 0) {
        pointer = rd_kafka_topic_partition_list_new(Int32(capacity))
    }

    init(_ partitions: some Collection<KafkaPartition>) {
        self.init(capacity: partitions.count)
        for partition in partitions { add(partition.topic, partition.partition) }
    }

    init(_ positions: some Collection<KafkaPosition>) {
        self.init(capacity: positions.count)
        for position in positions { add(position.topic, position.partition, offset: position.offset) }
    }

    deinit {
        rd_kafka_topic_partition_list_destroy(pointer)
    }

    func add(_ topic: String, _ partition: Int32 = -1, offset: Int64 = Int64(RD_KAFKA_OFFSET_INVALID)) {
        rd_kafka_topic_partition_list_add(pointer, topic, partition).pointee.offset = offset
    }

    /// The list for librdkafka. Only so: a list ends with its last use in Swift, and taking a pointer out of it could
    /// be that.
    @discardableResult func withPointer<Value>(
        _ body: (UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) -> Value
    ) -> Value {
        body(pointer)
    }

    /// Throws the error of the first partition that has one.
    func check() throws(KafkaError) {
        for index in 0..<Int(pointer.pointee.cnt) {
            try KafkaError.check(pointer.pointee.elems[index].err)
        }
    }

    var positions: [KafkaPosition] { Self.positions(pointer) }

    /// The contents of a list that librdkafka keeps.
    static func positions(_ list: UnsafePointer<rd_kafka_topic_partition_list_t>) -> [KafkaPosition] {
        (0..<Int(list.pointee.cnt)).map { index in
            let element = list.pointee.elems[index]
            return KafkaPosition(
                topic: String(cString: element.topic), partition: element.partition, offset: element.offset)
        }
    }
}
