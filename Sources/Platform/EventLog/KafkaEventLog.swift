package import Kafka

/// The log on Kafka. It comes up, and stays in being, whether or not Kafka answers: meanwhile appends end with
/// `.unavailable` after 5 s (`message.timeout.ms`), and consumers wait.
package final class KafkaEventLog: EventLog {
    private let configuration: KafkaConfiguration
    private let producer: KafkaProducer
    private let admin: KafkaAdmin
    private let log: KafkaLogger
    private let trouble: KafkaTrouble
    private let times = RecordTimes()
    private let probing: ProbingProducer

    /// What this program wants of librdkafka; the caller's properties win.
    private static let properties = [
        // Appending is a bounded call: whoever appends decides whether to try again.
        "message.timeout.ms": "5000",
        // A topic that is not there after this is an error. (30 s by default, for topics just created.)
        "topic.metadata.propagation.max.ms": "2000",
        "message.max.bytes": "\(TopicDeclaration.largestBatch)",
    ]

    /// `bootstrapServers` is `host:port,…`; `properties` are any of librdkafka's, and win over what `client` says;
    /// `credentials` and `certificates`, where there are any, over all. Throws `.refused` for those that it doesn't know.
    package init(
        bootstrapServers: String, client: LogClient = LogClient(), properties: [String: String] = [:],
        credentials: KafkaCredentials? = nil, certificates: KafkaCertificates? = nil, log: @escaping KafkaLogger
    ) throws(EventLogError) {
        configuration = KafkaConfiguration(
            bootstrapServers: bootstrapServers,
            properties: Self.properties.merging(client.properties) { $1 }.merging(properties) { $1 },
            consumerProperties: client.memberProperties, credentials: credentials, certificates: certificates)
        let trouble = KafkaTrouble(bootstrapServers)
        let log: KafkaLogger = { line in
            trouble.note(line)
            log(line)
        }
        self.log = log
        self.trouble = trouble
        probing = ProbingProducer(configuration, log: log)
        let mechanism = configuration.properties["sasl.mechanism"] ?? configuration.properties["sasl.mechanisms"]
        if mechanism?.hasPrefix("SCRAM") ?? false, !KafkaLibrary.canAuthenticateByScram {
            log(KafkaLogLine(level: .warning, facility: "SCRAM", message: KafkaTrouble.scramAdvice))
        }
        do throws(KafkaError) {
            producer = try KafkaProducer(configuration, log: log)
        } catch {
            throw EventLogError(error)
        }
        do throws(KafkaError) {
            admin = try KafkaAdmin(configuration, log: log)
        } catch {
            // Cannot happen after the producer took the same properties, but for want of threads or memory.
            Task { [producer] in await producer.close(within: .zero) }
            throw EventLogError(error)
        }
    }

    package func append(_ records: [LogRecord]) async -> [Result<LogPosition, EventLogError>] {
        await append(records, by: producer.produce)
    }

    package func probe(_ records: [LogRecord]) async -> [Result<LogPosition, EventLogError>] {
        await append(records, by: probing.produce)
    }

    private func append(
        _ records: [LogRecord], by produce: @escaping KafkaAppend.Produce
    ) async -> [Result<LogPosition, EventLogError>] {
        let append = KafkaAppend(times: times, produce: produce, probe: probing.produce)
        return zip(records, await append.run(records.map(KafkaRecord.init))).map { record, outcome in
            outcome.map(LogPosition.init).mapError { error in
                var explained = trouble.explain(EventLogError(error))
                explained.partition = error.partition.map { LogPartition(topic: record.topic, partition: $0) }
                return explained
            }
        }
    }

    package func consumer(
        group: String, topics: [String], starts: PartitionStarts?
    ) async throws(EventLogError) -> any EventConsumer {
        var kafkaStarts: KafkaStarts?
        if let starts {
            kafkaStarts = { partitions in await starts(partitions.map(LogPartition.init))?.map(KafkaStart.init) }
        }
        let chosen = kafkaStarts
        return try await mapped { () throws(KafkaError) in
            KafkaEventConsumer(
                try KafkaConsumer(configuration, group: group, topics: topics, starts: chosen, log: log))
        }
    }

    package func read(
        topic: String, partition: Int32, from offset: Int64, limit: Int
    ) async throws(EventLogError) -> [StoredRecord] {
        try await mapped { () async throws(KafkaError) in
            try await admin.read(
                KafkaPartition(topic: topic, partition: partition), from: offset,
                PageLimit(records: limit, bytes: EventLogPage.bytes)
            ).map(StoredRecord.init)
        }
    }

    package func offset(topic: String, partition: Int32, at timestamp: Int64) async throws(EventLogError) -> Int64 {
        let partition = [KafkaPartition(topic: topic, partition: partition)]
        return try await mapped { () async throws(KafkaError) in
            if let found = try await admin.offsets(partition, at: timestamp)[0] { return found }
            return try await admin.watermarks(partition)[0].end
        }
    }

    package func partitions(of topic: String) async throws(EventLogError) -> Int32 {
        let description = try await mapped { () async throws(KafkaError) in try await admin.topics([topic]).first }
        guard let description else { throw EventLogError(.unknownTopic, "there is no topic \(topic)") }
        return description.partitions
    }

    package func ranges(topic: String) async throws(EventLogError) -> [PartitionRange] {
        let description = try await mapped { () async throws(KafkaError) in try await admin.topics([topic]).first }
        guard let description else { throw EventLogError(.unknownTopic, "there is no topic \(topic)") }
        let partitions = (0..<description.partitions).map { KafkaPartition(topic: topic, partition: $0) }
        return try await mapped { () async throws(KafkaError) in
            try await admin.watermarks(partitions).map {
                PartitionRange(partition: $0.partition.partition, earliest: $0.earliest, end: $0.end)
            }
        }
    }

    package func topics() async throws(EventLogError) -> [TopicDescription] {
        try await mapped { () async throws(KafkaError) in
            try await admin.topics(withSettings: true).filter { !$0.name.hasPrefix("__") }.map(TopicDescription.init)
        }
    }

    package func describe(_ topics: [String]) async throws(EventLogError) -> [TopicDescription] {
        try await mapped { () async throws(KafkaError) in
            try await admin.topics(Set(topics), withSettings: true).map(TopicDescription.init)
        }
    }

    package func change(_ topic: String, to settings: [TopicSetting]) async throws(EventLogError) {
        let wanted = Dictionary(settings.map { ($0.name.rawValue, $0.value) }) { $1 }
        try await mapped { () async throws(KafkaError) in
            try await admin.change(topic, to: wanted)
            // The controller knows them before the brokers do, a moment later: whoever looks, or changes more, in between
            // would find the old ones.
            for _ in 0..<250 {
                let now = try await admin.topics([topic], withSettings: true).first?.settings ?? [:]
                if wanted.allSatisfy({ now[$0.key] == $0.value }) { return }
                // Cancelled: they are changed all the same.
                guard (try? await Task.sleep(for: .milliseconds(20))) != nil else { return }
            }
        }
    }

    /// Without the topics' settings, which a cluster with many topics is slow to tell.
    package func existing(_ topics: [String]) async throws(EventLogError) -> Set<String> {
        Set(try await mapped { () async throws(KafkaError) in try await admin.topics(Set(topics)) }.map(\.name))
    }

    package func create(_ topics: [TopicDeclaration]) async throws(EventLogError) {
        try await mapped { () async throws(KafkaError) in
            var refused: [TopicDeclaration] = []
            for (topic, outcome) in zip(topics, try await admin.create(topics.map { KafkaNewTopic($0) })) {
                guard case .failure(let error) = outcome, error.code != .topicAlreadyExists else { continue }
                // Who may not create topics may find them there.
                if error.code.refusesAccess, try await !admin.topics([topic.name]).isEmpty { continue }
                guard error.code == .invalidConfiguration else { throw error }
                refused.append(topic)
            }
            // Brokers before 3.6 refuse what they don't know.
            let plainer = refused.map { KafkaNewTopic($0, withYoung: false) }
            for outcome in try await admin.create(plainer) {
                if case .failure(let error) = outcome, error.code != .topicAlreadyExists { throw error }
            }
            try await awaitMetadata(of: Set(topics.map(\.name)))
        }
        producer.warm(topics.map(\.name))
    }

    /// The controller knows a new topic before the brokers do, a moment later.
    private func awaitMetadata(of names: Set<String>) async throws(KafkaError) {
        for _ in 0..<250 {
            if try await admin.topics(names).count == names.count { return }
            // Cancelled: the topics are created all the same.
            guard (try? await Task.sleep(for: .milliseconds(20))) != nil else { return }
        }
    }

    package func committedOffsets(group: String) async throws(EventLogError) -> [LogPosition] {
        try await mapped { () async throws(KafkaError) in
            try await admin.committedOffsets(of: group).map(LogPosition.init)
        }
    }

    package func groups() async throws(EventLogError) -> [String] {
        try await mapped { () async throws(KafkaError) in try await admin.groups() }
    }

    package func members(group: String) async throws(EventLogError) -> GroupMembers {
        try await mapped { () async throws(KafkaError) in GroupMembers(try await admin.describe(group: group)) }
    }

    package func moveOffsets(group: String, to positions: [LogPosition]) async throws(EventLogError) {
        guard !positions.isEmpty else { return }
        try await mapped { () async throws(KafkaError) in
            try await admin.commit(
                positions.map { KafkaPosition(topic: $0.topic, partition: $0.partition, offset: $0.offset) }, for: group
            )
        }
    }

    package func identity() async throws(EventLogError) -> String {
        "kafka:" + (try await mapped { () async throws(KafkaError) in try await admin.clusterID(within: .seconds(5)) })
    }

    package var unsent: Int { producer.unsent }

    package func isReachable(within seconds: Double) async -> Bool {
        await admin.ping(within: .seconds(seconds))
    }

    package func close() async {
        // Longer than what is on its way can take.
        await producer.close(within: .seconds(10))
        await probing.close()
        await admin.close()
    }

    private func mapped<Value>(_ body: () async throws(KafkaError) -> Value) async throws(EventLogError) -> Value {
        do throws(KafkaError) {
            return try await body()
        } catch {
            throw trouble.explain(EventLogError(error))
        }
    }
}

extension KafkaNewTopic {
    fileprivate init(_ topic: TopicDeclaration, withYoung: Bool = true) {
        let settings = topic.settings.filter { withYoung || !$0.name.isYoung }
        self.init(
            name: topic.name, partitions: topic.partitions,
            settings: Dictionary(uniqueKeysWithValues: settings.map { ($0.name.rawValue, $0.value) }))
    }
}
