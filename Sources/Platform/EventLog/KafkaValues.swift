import Kafka

extension KafkaRecord {
    init(_ record: LogRecord) {
        self.init(
            topic: record.topic, partition: record.partition, key: record.key,
            headers: record.headers, value: record.value, timestamp: record.timestamp)
    }
}

extension StoredRecord {
    init(_ message: KafkaMessage) {
        self.init(
            position: LogPosition(topic: message.topic, partition: message.partition, offset: message.offset),
            key: message.key, headers: message.headers, value: message.value,
            timestamp: message.timestamp)
    }
}

extension LogPosition {
    init(_ position: KafkaPosition) {
        self.init(topic: position.topic, partition: position.partition, offset: position.offset)
    }
}

extension LogPartition {
    init(_ partition: KafkaPartition) {
        self.init(topic: partition.topic, partition: partition.partition)
    }
}

extension KafkaStart {
    init(_ start: PartitionStart) {
        self.init(
            partition: KafkaPartition(start.position.logPartition), offset: start.position.offset,
            mustCommit: start.mustCommit)
    }
}

extension KafkaPartition {
    init(_ partition: LogPartition) {
        self.init(topic: partition.topic, partition: partition.partition)
    }
}

extension TopicDescription {
    init(_ topic: KafkaTopic) {
        let setting = { (name: TopicSetting.Name) in topic.settings[name.rawValue] }
        let number = { (name: TopicSetting.Name) in setting(name).flatMap { Int64($0) } }
        // -1 and Kafka's largest number are no limit.
        let limit = { (name: TopicSetting.Name) in number(name).flatMap { $0 >= 0 && $0 != .max ? $0 : nil } }
        self.init(
            name: topic.name, partitions: topic.partitions, replicationFactor: topic.replicationFactor,
            retention: limit(.retention),
            compacted: setting(.cleanupPolicy)?.contains("compact") ?? false,
            largestBatch: number(.largestBatch), timestampsAhead: limit(.timestampsAhead))
        timestampsBehind = limit(.timestampsBehind)
        retentionBytes = limit(.retentionBytes)
        isStampedByBroker = setting(.timestampType) == "LogAppendTime"
    }
}

extension GroupMembers {
    init(_ group: KafkaGroup) {
        self.init(
            state: group.state,
            members: group.members.map { member in
                Member(
                    id: member.id, clientID: member.clientID, host: member.host,
                    partitions: member.partitions.map {
                        LogPosition(topic: $0.topic, partition: $0.partition, offset: 0)
                    })
            })
    }
}

extension EventLogError {
    init(_ error: KafkaError) {
        let kind: Kind =
            if error.code == .closed {
                .closed
            } else if error.code.isUnknownTopic {
                .unknownTopic
            } else if error.code.isGroupInUse {
                .groupInUse
            } else if error.code.blame != .environment {
                .refused
            } else {
                .unavailable
            }
        self.init(kind, "Kafka: \(error)")
    }
}
