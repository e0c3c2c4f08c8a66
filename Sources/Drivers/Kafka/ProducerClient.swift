import CRdKafka
import Headers

/// One librdkafka producer with its topics and its queue of reports.
///
/// Used under `ProducerCore`'s lock, but for `queue`, which only the core's thread reads.
struct ProducerClient: @unchecked Sendable {
    // @unchecked: librdkafka's handles may be used from any thread; ProducerCore's lock guards the dictionary.
    let handle: KafkaHandle
    let queue: OpaquePointer
    private var topics: [String: OpaquePointer] = [:]

    init(_ handle: KafkaHandle) throws(KafkaError) {
        self.handle = handle
        queue = rd_kafka_queue_get_main(handle.pointer)
    }

    /// The kept handle of a topic. Making it asks for the topic's leaders.
    mutating func topic(_ name: String) throws(KafkaError) -> OpaquePointer {
        if let known = topics[name] { return known }
        guard !name.isEmpty, !name.utf8.contains(0) else {
            throw KafkaError(.invalidArgument, "not a topic's name: \"\(name)\"")
        }
        let topic = try handle.topic(name)
        topics[name] = topic
        return topic
    }

    /// Hands a record to librdkafka, which copies it. Never blocks.
    mutating func produce(_ record: KafkaRecord, tag: RecordTag) throws(KafkaError) {
        let topic = try topic(record.topic)
        let headers = try Self.headers(record.headers)
        let code = withBytes(record.key) { key, keySize in
            withBytes(record.value) { value, valueSize in
                kafka_produce(
                    handle.pointer, topic, record.partition ?? -1, key, keySize, value, valueSize, headers,
                    record.timestamp.map { $0 == 0 ? 1 : $0 } ?? 0, tag.opaque)
            }
        }
        if code != RD_KAFKA_RESP_ERR_NO_ERROR {
            if let headers { rd_kafka_headers_destroy(headers) }
            throw KafkaError(code)
        }
    }

    private static func headers(_ headers: RecordHeaders) throws(KafkaError) -> OpaquePointer? {
        guard headers.count > 0, let list = rd_kafka_headers_new(headers.count) else { return nil }
        var refusal = RD_KAFKA_RESP_ERR_NO_ERROR
        headers.forEachBytes { name, value in
            let code = rd_kafka_header_add(
                list, name.baseAddress?.assumingMemoryBound(to: CChar.self), name.count, value?.baseAddress,
                value?.count ?? 0)
            if code != RD_KAFKA_RESP_ERR_NO_ERROR { refusal = code }
        }
        guard refusal == RD_KAFKA_RESP_ERR_NO_ERROR else {
            rd_kafka_headers_destroy(list)
            throw KafkaError(refusal)
        }
        return list
    }

    /// Wakes the thread that reads the queue.
    func wake() {
        rd_kafka_queue_yield(queue)
    }

    /// Gives everything back; blocks. What was not delivered is forgotten.
    func destroy() {
        for topic in topics.values { rd_kafka_topic_destroy(topic) }
        rd_kafka_queue_destroy(queue)
        handle.destroy()
    }
}

/// The bytes with their count: null for nil, and never null for an empty array, which to Kafka is something else.
private func withBytes<Value>(_ bytes: [UInt8]?, _ body: (UnsafeRawPointer?, Int) -> Value) -> Value {
    guard let bytes else { return body(nil, 0) }
    if bytes.isEmpty {
        return withUnsafeBytes(of: UInt8(0)) { body($0.baseAddress, 0) }
    }
    return bytes.withUnsafeBytes { body($0.baseAddress, $0.count) }
}
