import CRdKafka
import Headers

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Copies messages out of librdkafka, so that theirs can be freed at once.
struct MessageDecoder {
    // Messages come in runs of one topic: its name is made once for each run.
    private var topic: OpaquePointer?
    private var name = ""

    mutating func decode(_ message: UnsafePointer<rd_kafka_message_t>) -> KafkaMessage {
        let native = message.pointee
        if let topic = native.rkt, topic != self.topic {
            self.topic = topic
            name = String(cString: rd_kafka_topic_name(topic))
        }
        return KafkaMessage(
            topic: name, partition: native.partition, offset: native.offset,
            timestamp: rd_kafka_message_timestamp(message, nil),
            key: bytes(native.key, native.key_len), headers: headers(of: message),
            value: bytes(native.payload, native.len))
    }

    private func headers(of message: UnsafePointer<rd_kafka_message_t>) -> RecordHeaders {
        var headers = RecordHeaders()
        var list: OpaquePointer?
        guard rd_kafka_message_headers(message, &list) == RD_KAFKA_RESP_ERR_NO_ERROR, let list else { return headers }
        // As much as an event's take.
        headers.reserve(bytes: 400)
        var name: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var size = 0
        while rd_kafka_header_get_all(list, headers.count, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR {
            headers.append(
                name: UnsafeRawBufferPointer(start: name, count: name.map { strlen($0) } ?? 0),
                value: value.map { UnsafeRawBufferPointer(start: $0, count: size) })
        }
        return headers
    }
}

/// nil for Kafka's null; a pointer with a count of 0 is an empty value.
private func bytes(_ start: UnsafeRawPointer?, _ count: Int) -> [UInt8]? {
    start.map { Array(UnsafeRawBufferPointer(start: $0, count: count)) }
}
