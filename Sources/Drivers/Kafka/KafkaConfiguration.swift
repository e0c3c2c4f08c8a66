/// How to reach a Kafka, and how its clients are set.
package struct KafkaConfiguration: Sendable, Hashable {
    /// `host:port,host:port,…`
    package var bootstrapServers: String
    /// Any of librdkafka's properties, global and topic alike, by its name there. They win over what this module
    /// chooses, but for the few that it depends on.
    package var properties: [String: String]
    /// What a consumer takes besides, where `properties` do not say otherwise. librdkafka warns of it in other clients.
    package var consumerProperties: [String: String]
    /// User and password, where they may change; they win over those of `properties`.
    package var credentials: KafkaCredentials?
    /// Properties `ssl.…`, where they may change; those of `properties` do not count then.
    package var certificates: KafkaCertificates?

    package init(
        bootstrapServers: String, properties: [String: String] = [:], consumerProperties: [String: String] = [:],
        credentials: KafkaCredentials? = nil, certificates: KafkaCertificates? = nil
    ) {
        self.bootstrapServers = bootstrapServers
        self.properties = properties
        self.consumerProperties = consumerProperties
        self.credentials = credentials
        self.certificates = certificates
    }

    /// Of librdkafka 2.0's defaults, those that cost time.
    private static let client = [
        "socket.nagle.disable": "true", "socket.keepalive.enable": "true",
        // A broker that comes back is found within a second, not ten.
        "reconnect.backoff.ms": "50", "reconnect.backoff.max.ms": "1000",
        "topic.metadata.refresh.fast.interval.ms": "50",
    ]

    static let producer = [
        "acks": "all", "enable.idempotence": "true", "linger.ms": "0",
        // Of two requests the first may be refused, by a broker that is just becoming the leader, and the second taken:
        // a broker that knows nothing yet of a producer takes it at any sequence number. librdkafka then takes the
        // first for appended too ("implicitly acked"), and its records are lost. With one request there is no second.
        "max.in.flight": "1",
        // Where Java's clients put a key.
        "partitioner": "murmur2_random",
        "message.timeout.ms": "120000",
    ]

    static let consumer = [
        "auto.offset.reset": "earliest",
        "fetch.min.bytes": "1", "fetch.wait.max.ms": "500", "fetch.error.backoff.ms": "20",
        "session.timeout.ms": "10000", "heartbeat.interval.ms": "1000",
        "auto.commit.interval.ms": "1000",
        // What librdkafka fetches ahead. By default 64 MiB, of each consumer.
        "queued.max.messages.kbytes": "8192",
        // A topic that appears is seen within this; until then it is no error.
        "topic.metadata.refresh.interval.ms": "1000", "allow.auto.create.topics": "false",
    ]

    /// What the consumer depends on: the caller says when work is done, and assignments are whole ones.
    /// (cooperative-sticky with stored offsets is broken before librdkafka 2.10: docs/decisions/eager-rebalancing.md.)
    static let consumerFixed = [
        "enable.auto.commit": "true", "enable.auto.offset.store": "false", "enable.partition.eof": "false",
        "partition.assignment.strategy": "range,roundrobin",
    ]

    /// The native configuration of one client: this module's choices, the caller's properties over them, and `fixed`
    /// over both. Throws `_INVALID_ARG` with librdkafka's explanation for a property or value that it doesn't know.
    func native(defaults: [String: String], fixed: [String: String] = [:]) throws(KafkaError) -> NativeConfiguration {
        let native = NativeConfiguration()
        let given = properties.filter { certificates == nil || !KafkaCertificates.isOne($0.key) }
        let all = Self.client.merging(defaults) { $1 }.merging(given) { $1 }
            .merging(credentials?.properties ?? [:]) { $1 }.merging(certificates?.properties ?? [:]) { $1 }
            .merging(["bootstrap.servers": bootstrapServers]) { $1 }.merging(fixed) { $1 }
        // In order, for an alias and its property may both be there and the answer must not vary.
        for (name, value) in all.sorted(by: { $0.key < $1.key }) { try native.set(name, value) }
        return native
    }
}
