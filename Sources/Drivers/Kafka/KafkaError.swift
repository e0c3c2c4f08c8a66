import CRdKafka

/// Why Kafka, or librdkafka, could not do what it was asked.
package struct KafkaError: Error, Sendable, Hashable, CustomStringConvertible {
    /// librdkafka's number: the broker's own codes are above 0, the library's below.
    package struct Code: RawRepresentable, Sendable, Hashable {
        package var rawValue: Int32

        package init(rawValue: Int32) {
            self.rawValue = rawValue
        }

        init(_ code: rd_kafka_resp_err_t) {
            self.init(rawValue: code.rawValue)
        }
    }

    package var code: Code
    /// The code's name, such as `_MSG_TIMED_OUT`.
    package var name: String
    package var message: String
    /// Whether the same call may succeed later. Whether it had an effect this time may be unknown.
    package var isRetriable: Bool
    /// Whether the client is of no use from now on. (The producer replaces a client that failed so.)
    package var isFatal: Bool
    /// Where a record was to go that was not delivered; nil where no partition had been chosen.
    package var partition: Int32?

    package var description: String { "\(message) (\(name))" }

    init(_ code: Code, _ message: String? = nil, isFatal: Bool = false) {
        let native = rd_kafka_resp_err_t(rawValue: code.rawValue)
        self.code = code
        self.name = String(cString: rd_kafka_err2name(native))
        self.message = message ?? String(cString: rd_kafka_err2str(native))
        self.isRetriable = code.isRetriable
        self.isFatal = isFatal || code == .fatal
    }

    init(_ code: rd_kafka_resp_err_t, _ message: String? = nil) {
        self.init(Code(code), message)
    }

    /// The record may have been appended or not: nobody said where.
    static let unproven = KafkaError(RD_KAFKA_RESP_ERR__RETRY, "no broker said at which offset the record was appended")

    /// The record may have been appended or not: its client was made anew before anybody said.
    static let replaced = KafkaError(
        RD_KAFKA_RESP_ERR__RETRY, "no broker said what became of the record before its client was made anew")

    /// `close` was called.
    package static let clientClosed = KafkaError(.closed)

    /// The record may have been appended, and what stood before it in its partition was not.
    static let behindFailure = KafkaError(
        RD_KAFKA_RESP_ERR__RETRY, "a record before it in its partition was not appended")

    /// The record was refused together with others, and nobody found out of which of them that speaks.
    package static let notSentAlone = KafkaError(
        RD_KAFKA_RESP_ERR__RETRY, "it was refused together with other records, and not sent alone yet")

    /// Takes over and frees librdkafka's error object.
    init(consuming native: OpaquePointer) {
        self.init(
            Code(rd_kafka_error_code(native)), String(cString: rd_kafka_error_string(native)),
            isFatal: rd_kafka_error_is_fatal(native) != 0)
        isRetriable = isRetriable || rd_kafka_error_is_retriable(native) != 0
        rd_kafka_error_destroy(native)
    }

    /// Throws unless the code says that all is well.
    static func check(_ code: rd_kafka_resp_err_t) throws(KafkaError) {
        if code != RD_KAFKA_RESP_ERR_NO_ERROR { throw KafkaError(code) }
    }

    /// The same for the functions that answer an error object, or null.
    static func check(_ error: OpaquePointer?) throws(KafkaError) {
        if let error { throw KafkaError(consuming: error) }
    }
}
