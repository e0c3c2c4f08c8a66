import CRdKafka

/// A client of librdkafka, producer or consumer.
///
/// `@unchecked Sendable`: librdkafka's functions may be called from any thread; `destroy` is called once, by the thread
/// that serves the client, when nobody else uses it any more.
final class KafkaHandle: @unchecked Sendable {
    let pointer: OpaquePointer
    let log: KafkaLogger
    private let logger: Unmanaged<LoggerBox>
    private let credentials: KafkaCredentials?

    init(
        _ pointer: OpaquePointer, logger: Unmanaged<LoggerBox>, credentials: KafkaCredentials?,
        log: @escaping KafkaLogger
    ) {
        self.pointer = pointer
        self.logger = logger
        self.credentials = credentials
        self.log = log
        credentials?.add(self)
    }

    /// Blocks until librdkafka's threads have ended. Every topic, queue, event and message of the client must have been
    /// given back before, or it hangs.
    func destroy(flags: Int32 = 0) {
        credentials?.remove(self)
        rd_kafka_destroy_flags(pointer, flags)
        logger.release()
    }

    /// The error that ended this client's life, if one has.
    var fatalError: KafkaError? {
        var reason = [CChar](repeating: 0, count: 512)
        let code = rd_kafka_fatal_error(pointer, &reason, reason.count)
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        return KafkaError(KafkaError.Code(code), text(reason), isFatal: true)
    }

    /// A topic of the client; give it back with `rd_kafka_topic_destroy`.
    func topic(_ name: String) throws(KafkaError) -> OpaquePointer {
        guard let topic = rd_kafka_topic_new(pointer, name, nil) else { throw KafkaError(rd_kafka_last_error()) }
        return topic
    }
}
