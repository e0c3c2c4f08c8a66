import CRdKafka

/// librdkafka's configuration object. Making a client of it uses it up; otherwise it frees itself.
struct NativeConfiguration: ~Copyable {
    private let pointer: OpaquePointer

    init() {
        pointer = rd_kafka_conf_new()
    }

    deinit {
        rd_kafka_conf_destroy(pointer)
    }

    func set(_ name: String, _ value: String) throws(KafkaError) {
        var reason = [CChar](repeating: 0, count: 512)
        guard rd_kafka_conf_set(pointer, name, value, &reason, reason.count) == RD_KAFKA_CONF_OK else {
            // The value may be a password, or one that went into the wrong line.
            let text = text(reason)
            throw KafkaError(.invalidArgument, value.count > 2 ? text.replacing(value, with: "***") : text)
        }
    }

    /// The value in force; nil when there is no such property.
    func value(of name: String) -> String? {
        var buffer = [CChar](repeating: 0, count: 512)
        var size = buffer.count
        guard rd_kafka_conf_get(pointer, name, &buffer, &size) == RD_KAFKA_CONF_OK else { return nil }
        return text(buffer)
    }

    /// Which `RD_KAFKA_EVENT_…` come through the queues.
    func enableEvents(_ events: Int32) {
        rd_kafka_conf_set_events(pointer, events)
    }

    /// A client. It starts connecting at once, in threads of its own, and stays in being however often that fails.
    /// It is told when `credentials` change.
    consuming func makeHandle(
        _ type: rd_kafka_type_t, credentials: KafkaCredentials?, log: @escaping KafkaLogger
    ) throws(KafkaError) -> KafkaHandle {
        let logger = Unmanaged.passRetained(LoggerBox(log))
        rd_kafka_conf_set_opaque(pointer, logger.toOpaque())
        rd_kafka_conf_set_log_cb(pointer, takeLogLine)
        var reason = [CChar](repeating: 0, count: 512)
        guard let handle = rd_kafka_new(type, pointer, &reason, reason.count) else {
            logger.release()
            // librdkafka leaves the configuration to us: it frees itself.
            _ = consume self
            throw KafkaError(.invalidArgument, text(reason))
        }
        discard self
        return KafkaHandle(handle, logger: logger, credentials: credentials, log: log)
    }
}

/// What librdkafka wrote into a buffer.
func text(_ buffer: [CChar]) -> String {
    String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}

/// The logger in the form in which it fits into a configuration's opaque slot.
final class LoggerBox: Sendable {
    let log: KafkaLogger

    init(_ log: @escaping KafkaLogger) {
        self.log = log
    }
}

/// librdkafka calls this on its own threads.
private func takeLogLine(
    handle: OpaquePointer?, level: Int32, facility: UnsafePointer<CChar>?, message: UnsafePointer<CChar>?
) {
    guard let handle, let opaque = rd_kafka_opaque(handle), let facility, let message else { return }
    let line = KafkaLogLine(
        level: level <= 3 ? .error : level == 4 ? .warning : level <= 6 ? .info : .debug,
        facility: String(cString: facility), message: String(cString: message))
    // One set of properties serves producers, consumers and tools; what only concerns the others is no news.
    if line.facility == "CONFWARN", line.message.contains("property and will be ignored by this") { return }
    Unmanaged<LoggerBox>.fromOpaque(opaque).takeUnretainedValue().log(line)
}
