import CRdKafka

/// A request of librdkafka's admin API: its options and the queue for its answer. Frees itself.
struct AdminRequest: ~Copyable {
    let options: OpaquePointer?
    let queue: OpaquePointer?
    private let deadline: Deadline

    init(_ handle: KafkaHandle, _ operation: rd_kafka_admin_op_t, _ deadline: Deadline) throws(KafkaError) {
        options = rd_kafka_AdminOptions_new(handle.pointer, operation)
        queue = rd_kafka_queue_new(handle.pointer)
        self.deadline = deadline
        var reason = [CChar](repeating: 0, count: 256)
        let code = rd_kafka_AdminOptions_set_request_timeout(
            options, min(deadline.milliseconds, 3_600_000), &reason, reason.count)
        if code != RD_KAFKA_RESP_ERR_NO_ERROR { throw KafkaError(code, text(reason)) }
    }

    deinit {
        rd_kafka_queue_destroy(queue)
        rd_kafka_AdminOptions_destroy(options)
    }

    /// Blocks until the answer is there, which comes by the deadline in any case, and reads it with `body`. Throws the
    /// request's error where it has one.
    func answer<Value>(_ body: (OpaquePointer) throws(KafkaError) -> Value) throws(KafkaError) -> Value {
        guard let event = rd_kafka_queue_poll(queue, deadline.milliseconds + 1000) else {
            throw KafkaError(.timedOut)
        }
        defer { rd_kafka_event_destroy(event) }
        let code = rd_kafka_event_error(event)
        if code != RD_KAFKA_RESP_ERR_NO_ERROR {
            throw KafkaError(code, rd_kafka_event_error_string(event).map { String(cString: $0) })
        }
        return try body(event)
    }
}
