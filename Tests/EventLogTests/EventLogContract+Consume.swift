import EventLog
import Testing

extension EventLogContract {
    static let consuming = [
        EventLogContract("a group reads from the earliest, and a restarted member behind what was acknowledged") {
            log in
            let topic = try await Contract.topic(log, partitions: 3)
            let group = Contract.fresh("group")
            let records = (0..<30).flatMap { Contract.records(1, to: topic, partition: Int32($0 % 3), from: $0) }
            try await Contract.append(records, to: log)
            let first = try await Contract.consuming([topic], as: group, of: log) { consumer in
                let records = try await Contract.collect(30, from: consumer)
                await consumer.acknowledge(records)
                return records
            }
            for partition: Int32 in 0..<3 {
                let values = Contract.values(first.filter { $0.position.partition == partition })
                #expect(values == stride(from: Int(partition), to: 30, by: 3).map(String.init))
            }
            try await Contract.append(Contract.records(2, to: topic, partition: 1, from: 30), to: log)
            let second = try await Contract.consuming([topic], as: group, of: log) { consumer in
                try await Contract.collect(2, from: consumer)
            }
            #expect(Contract.values(second) == ["30", "31"])
        },
        EventLogContract("what was not acknowledged comes again") { log in
            let topic = try await Contract.topic(log)
            let group = Contract.fresh("group")
            try await Contract.append(Contract.records(10, to: topic), to: log)
            try await Contract.consuming([topic], as: group, of: log) { consumer in
                let records = try await Contract.collect(10, from: consumer)
                await consumer.acknowledge(Array(records.prefix(4)))
            }
            let again = try await Contract.consuming([topic], as: group, of: log) { consumer in
                try await Contract.collect(6, from: consumer)
            }
            #expect(Contract.values(again) == (4..<10).map(String.init))
        },
        EventLogContract("groups are independent") { log in
            let topic = try await Contract.topic(log)
            try await Contract.append(Contract.records(5, to: topic), to: log)
            for _ in 0..<2 {
                let records = try await Contract.consuming([topic], as: Contract.fresh("group"), of: log) { consumer in
                    let records = try await Contract.collect(5, from: consumer)
                    await consumer.acknowledge(records)
                    return records
                }
                #expect(Contract.values(records) == (0..<5).map(String.init))
            }
        },
        EventLogContract("a consumer reads several topics, in batches no larger than its limit") { log in
            let topics = [try await Contract.topic(log), try await Contract.topic(log)]
            for topic in topics { try await Contract.append(Contract.records(50, to: topic), to: log) }
            let (records, largest) = try await Contract.consuming(topics, as: Contract.fresh("group"), of: log) {
                consumer in
                var records: [StoredRecord] = []
                var largest = 0
                while records.count < 100 {
                    let batch = try await Contract.collect(1, from: consumer, limit: 7)
                    largest = max(largest, batch.count)
                    records += batch
                }
                return (records, largest)
            }
            #expect((2...7).contains(largest))
            for topic in topics {
                let values = Contract.values(records.filter { $0.position.topic == topic })
                #expect(values == (0..<50).map(String.init))
            }
        },
        EventLogContract("a waiting consumer gets what is appended") { log in
            let topic = try await Contract.topic(log)
            try await Contract.consuming([topic], as: Contract.fresh("group"), of: log) { consumer in
                for round in 0..<5 {
                    async let next = Contract.collect(1, from: consumer)
                    try await Contract.append(Contract.records(1, to: topic, from: round), to: log)
                    let records = try await next
                    #expect(Contract.values(records) == ["\(round)"])
                    await consumer.acknowledge(records)
                }
            }
        },
        EventLogContract("a topic that is created later is read as soon as it exists") { log in
            let topic = Contract.fresh("topic")
            try await Contract.consuming([topic], as: Contract.fresh("group"), of: log) { consumer in
                async let next = Contract.collect(2, from: consumer)
                try await log.create([TopicDeclaration(name: topic, partitions: 1, retention: nil)])
                try await Contract.append(Contract.records(2, to: topic), to: log)
                #expect(Contract.values(try await next) == ["0", "1"])
            }
        },
        EventLogContract("a member starts where it is told, and that is committed at once") { log in
            let topic = try await Contract.topic(log, partitions: 2)
            let group = Contract.fresh("group")
            for partition: Int32 in 0..<2 {
                try await Contract.append(Contract.records(10, to: topic, partition: partition), to: log)
            }
            try await Contract.consuming([topic], as: group, of: log) { consumer in
                await consumer.acknowledge(try await Contract.collect(20, from: consumer))
            }
            let consumer = try await log.consumer(group: group, topics: [topic]) { partitions in
                partitions.map { partition in
                    let position = LogPosition(
                        topic: partition.topic, partition: partition.partition,
                        offset: partition.partition == 0 ? 4 : 10)
                    return PartitionStart(position, mustCommit: partition.partition == 0)
                }
            }
            do {
                let records = try await Contract.collect(6, from: consumer)
                #expect(Contract.values(records) == (4..<10).map(String.init))
                let deadline = ContinuousClock.now + .seconds(20)
                while ContinuousClock.now < deadline,
                    try await log.committedOffsets(group: group).first(where: { $0.partition == 0 })?.offset != 4
                {
                    try await Task.sleep(for: .milliseconds(20))
                }
            } catch {
                await consumer.close()
                throw error
            }
            await consumer.close()
            #expect(
                try await log.committedOffsets(group: group).sorted { $0.partition < $1.partition }.map(\.offset) == [
                    4, 10,
                ])
        },
        EventLogContract("a member that does not learn where to start reads nothing, and can be closed") { log in
            let topic = try await Contract.topic(log)
            try await Contract.append(Contract.records(1, to: topic), to: log)
            let (asked, ask) = AsyncStream.makeStream(of: Void.self)
            let consumer = try await log.consumer(group: Contract.fresh("group"), topics: [topic]) { _ in
                ask.yield()
                while !Task.isCancelled { try? await Task.sleep(for: .seconds(60)) }
                return nil
            }
            let next = Task { try await consumer.next(limit: 1) }
            for await _ in asked { break }
            next.cancel()
            await consumer.close()
            #expect(try await next.value == nil)
        },
        EventLogContract("a paused partition is not read until it is resumed") { log in
            let topic = try await Contract.topic(log, partitions: 2)
            try await Contract.consuming([topic], as: Contract.fresh("group"), of: log) { consumer in
                for partition: Int32 in 0..<2 {
                    try await Contract.append(Contract.records(1, to: topic, partition: partition), to: log)
                }
                _ = try await Contract.collect(2, from: consumer)
                let paused = LogPartition(topic: topic, partition: 0)
                await consumer.pause([paused])
                for partition: Int32 in 0..<2 {
                    try await Contract.append(Contract.records(3, to: topic, partition: partition, from: 1), to: log)
                }
                let others = try await Contract.collect(3, from: consumer)
                #expect(others.allSatisfy { $0.position.partition == 1 })
                await consumer.resume([paused])
                let held = try await Contract.collect(3, from: consumer)
                #expect(held.map(\.position.offset) == [1, 2, 3] && held.allSatisfy { $0.position.partition == 0 })
            }
        },
        EventLogContract("close wakes a waiting next with nil, and every later one") { log in
            let topic = try await Contract.topic(log)
            let consumer = try await log.consumer(group: Contract.fresh("group"), topics: [topic])
            async let waiting = consumer.next(limit: 10)
            await consumer.close()
            #expect(try await waiting == nil)
            #expect(try await consumer.next(limit: 10) == nil)
            await consumer.acknowledge([])
            await consumer.close()
        },
    ]
}
