import CRdKafka

/// The librdkafka that this process has loaded.
package enum KafkaLibrary {
    /// Such as `2.0.2`.
    package static let version = String(cString: rd_kafka_version_str())

    /// Whether SCRAM works with Kafka 4.0 and later, which refuse what librdkafka answered before 2.6.1, for RFC 5802
    /// does: the nonce in its last message was not the server's. (confluentinc/librdkafka, pull request 4895.)
    package static let canAuthenticateByScram = rd_kafka_version() >= 0x02_06_01_00
}
