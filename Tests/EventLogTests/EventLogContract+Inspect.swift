import EventLog
import Testing

extension EventLogContract {
    static let inspecting = [
        EventLogContract("a log says which one it is") { log in
            let identity = try await log.identity()
            #expect(identity.hasPrefix("kafka:") || identity.hasPrefix("file:"))
            #expect(identity.count > 10)
            #expect(try await log.identity() == identity)
        },
        EventLogContract("creating declares what is missing and changes nothing else") { log in
            let (kept, added) = (Contract.fresh("topic"), Contract.fresh("topic"))
            let declaration = TopicDeclaration(name: kept, partitions: 2, retention: 60_000)
            try await log.create([declaration])
            try await Contract.append(Contract.records(1, to: kept), to: log)
            try await log.create([
                TopicDeclaration(name: kept, partitions: 5, retention: nil),
                TopicDeclaration(name: added, partitions: 1, retention: nil),
            ])
            var topics = try await log.topics()
            // A log has bounds of its own, or none.
            for index in topics.indices { topics[index].largestBatch = nil }
            #expect(
                topics.first { $0.name == kept }
                    == TopicDescription(
                        name: kept, partitions: 2, replicationFactor: 1, retention: 60_000, compacted: false))
            #expect(
                topics.first { $0.name == added }
                    == TopicDescription(
                        name: added, partitions: 1, replicationFactor: 1, retention: nil, compacted: false))
            #expect(topics.map(\.name) == topics.map(\.name).sorted())
            #expect(!topics.contains { $0.name.hasPrefix("__") })
            #expect(try await log.ranges(topic: kept).map(\.end) == [1, 0])
        },
        EventLogContract("a setting is changed, and the others stay as they are") { log in
            let (topic, other) = (Contract.fresh("topic"), Contract.fresh("topic"))
            try await log.create([TopicDeclaration(name: topic, partitions: 2, retention: 60_000)])
            let before = try await log.describe([topic, other])
            #expect(before.map(\.name) == [topic] && before.first?.retention == 60_000)
            try await log.change(topic, to: [TopicSetting(.retention, "-1")])
            var expected = before
            expected[0].retention = nil
            #expect(try await log.describe([topic]) == expected)
            let unknown = await #expect(throws: EventLogError.self) {
                try await log.change(other, to: [TopicSetting(.retention, "1")])
            }
            #expect(unknown?.kind == .unknownTopic)
        },
        EventLogContract("a group's committed offsets are those of the next records to read") { log in
            let topic = try await Contract.topic(log, partitions: 2)
            let (group, idle) = (Contract.fresh("group"), Contract.fresh("group"))
            #expect(try await log.committedOffsets(group: idle).isEmpty)
            try await Contract.append(
                Contract.records(3, to: topic, partition: 0) + Contract.records(5, to: topic, partition: 1), to: log)
            try await Contract.consuming([topic], as: group, of: log) { consumer in
                await consumer.acknowledge(try await Contract.collect(8, from: consumer))
            }
            let committed = try await log.committedOffsets(group: group).sorted { $0.partition < $1.partition }
            #expect(
                committed == [
                    LogPosition(topic: topic, partition: 0, offset: 3),
                    LogPosition(topic: topic, partition: 1, offset: 5),
                ])
            let groups = try await log.groups()
            #expect(groups.contains(group))
            #expect(!groups.contains(idle))
            #expect(groups == groups.sorted())
        },
        EventLogContract("a group's members can be seen, and its offsets be moved when it has none") { log in
            let topic = try await Contract.topic(log, partitions: 2)
            let group = Contract.fresh("group")
            #expect(try await log.members(group: group).members.isEmpty)
            try await Contract.append(
                Contract.records(3, to: topic, partition: 0) + Contract.records(5, to: topic, partition: 1), to: log)
            let start = [LogPosition(topic: topic, partition: 0, offset: 1)]
            try await Contract.consuming([topic], as: group, of: log) { consumer in
                await consumer.acknowledge(try await Contract.collect(8, from: consumer))
                let members = try await log.members(group: group)
                #expect(members.state == "Stable" && members.members.count == 1)
                #expect(
                    try await Contract.failure { try await log.moveOffsets(group: group, to: start) } == .groupInUse)
            }
            #expect(try await log.members(group: group).state == "Empty")
            try await log.moveOffsets(group: group, to: start)
            #expect(
                try await log.committedOffsets(group: group) == start + [
                    LogPosition(topic: topic, partition: 1, offset: 5)
                ])
            let again = try await Contract.consuming([topic], as: group, of: log) {
                try await Contract.collect(2, from: $0)
            }
            #expect(Contract.values(again) == ["1", "2"])
        },
        EventLogContract("the log answers") { log in
            #expect(await log.isReachable(within: 10))
        },
    ]
}
