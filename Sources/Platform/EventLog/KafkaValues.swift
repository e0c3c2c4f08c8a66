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
        let number = { (name: String) in topic.settings[name].flatMap { Int64($0) } }
        let retention = number("retention.ms") ?? -1
        let ahead = number("message.timestamp.after.max.ms")
        self.init(
            name: topic.name, partitions: topic.partitions, replicationFactor: topic.replicationFactor,
            retention: retention >= 0 ? retention : nil,
            compacted: topic.settings["cleanup.policy"]?.contains("compact") ?? false,
            largestBatch: number("max.message.bytes"), timestampsAhead: ahead == .max ? nil : ahead)
    }
}

extension GroupMembers {
    init(_ group: KafkaGroup) {
        self.init(
            state: group.state,
            members: group.members.map { member in
                Member(
                    id: member.id, host: member.host,
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
