import Synchronization
import TestBroker
import Testing

@testable import Kafka

@Suite(.enabled(if: TestBroker.isAvailable, "needs Kafka: set KAFKA_HOME"), .timeLimit(.minutes(2)))
struct RealKafkaTests {
    private func produce(_ records: [KafkaRecord], _ configuration: KafkaConfiguration) async throws {
        let producer = try KafkaProducer(configuration, log: { _ in })
        let outcomes = await producer.produce(records)
        await producer.close(within: .seconds(5))
        for outcome in outcomes { _ = try outcome.get() }
    }

    private func collect(_ count: Int, _ consumer: KafkaConsumer) async throws -> [KafkaMessage] {
        var messages: [KafkaMessage] = []
        while messages.count < count {
            guard let batch = try await consumer.next(limit: 100) else { break }
            messages += batch
        }
        return messages
    }

    @Test func twoMembersShareThePartitionsAndOneTakesOverWhatTheOtherLeaves() async throws {
        try await withTopic(partitions: 4) { configuration, _, topic in
            let one = try KafkaConsumer(configuration, group: topic, topics: [topic], log: { _ in })
            let other = try KafkaConsumer(configuration, group: topic, topics: [topic], log: { _ in })
            while one.assignment.count != 2 || other.assignment.count != 2 {
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(one.assignment.isDisjoint(with: other.assignment))
            await other.close()
            while one.assignment.count != 4 { try await Task.sleep(for: .milliseconds(10)) }
            try await produce(
                (0..<4).map { KafkaRecord(topic: topic, partition: $0, value: [UInt8($0)]) }, configuration)
            let seen = try await collect(4, one)
            #expect(Set(seen.compactMap { $0.value?.first }) == [0, 1, 2, 3])
            await one.close()
        }
    }

    @Test func aPausedPartitionGivesNothingUntilItIsResumed() async throws {
        try await withTopic(partitions: 2) { configuration, admin, topic in
            let consumer = try KafkaConsumer(configuration, group: topic, topics: [topic], log: { _ in })
            while consumer.assignment.count != 2 { try await Task.sleep(for: .milliseconds(10)) }
            let paused = KafkaPartition(topic: topic, partition: 0)
            await consumer.pause([paused])
            try await produce(
                [0, 1].map { KafkaRecord(topic: topic, partition: $0, value: [UInt8($0)]) }, configuration)
            let answer1 = try await consumer.next(limit: 10)?.map(\.partition)
            #expect(answer1 == [1])
            await consumer.resume([paused])
            let answer2 = try await consumer.next(limit: 10)?.map(\.partition)
            #expect(answer2 == [0])
            consumer.store([
                KafkaPosition(topic: topic, partition: 0, offset: 1),
                KafkaPosition(topic: topic, partition: 1, offset: 1),
            ])
            await consumer.close()
            let answer3 = try await admin.committedOffsets(of: topic).map(\.offset)
            #expect(answer3 == [1, 1])
            let groups = try await admin.groups()
            #expect(groups.contains(topic))
        }
    }

    /// Who has records may want their partition paused before he can finish with them.
    @Test func aPartitionThatIsBeingGivenUpCanBePaused() async throws {
        try await withTopic(partitions: 2) { configuration, _, topic in
            let records = [0, 1].map { KafkaRecord(topic: topic, partition: $0, value: [UInt8($0)]) }
            try await produce(records, configuration)
            let one = try KafkaConsumer(
                configuration, group: topic, topics: [topic], revokeWait: .seconds(30), log: { _ in })
            _ = try await collect(2, one)
            let other = try KafkaConsumer(configuration, group: topic, topics: [topic], log: { _ in })
            // With room for records it sleeps for this alone.
            while !one.core.state.withLock({ $0.threadSleeps }) { try await Task.sleep(for: .milliseconds(5)) }
            await one.pause([KafkaPartition(topic: topic, partition: 0)])
            #expect(one.assignment.count == 2, "it has not given them up yet")
            one.store([0, 1].map { KafkaPosition(topic: topic, partition: $0, offset: 1) })
            while one.assignment.count != 1 || other.assignment.count != 1 {
                try await Task.sleep(for: .milliseconds(10))
            }
            await other.close()
            await one.close()
        }
    }

    @Test func aMemberThatGetsNoPartitionIsAskedToo() async throws {
        try await withTopic { configuration, _, topic in
            let asked = Mutex<[Int: [KafkaPartition]]>([:])
            func member(_ number: Int) throws -> KafkaConsumer {
                try KafkaConsumer(
                    configuration, group: topic, topics: [topic],
                    starts: { partitions in
                        asked.withLock { $0[number] = partitions }
                        return partitions.map { KafkaStart(partition: $0, offset: 0, mustCommit: false) }
                    }, log: { _ in })
            }
            let members = [try member(0), try member(1)]
            // Whichever it is.
            while asked.withLock({ Set($0.values.map(\.count)) }) != [0, 1] {
                try await Task.sleep(for: .milliseconds(10))
            }
            for member in members { await member.close() }
        }
    }

    @Test func theAdminKnowsTopicsEndsAndTimes() async throws {
        try await withTopic(partitions: 2) { configuration, admin, topic in
            try await produce(
                [1_000, 2_000, 3_000].map { KafkaRecord(topic: topic, partition: 1, value: [], timestamp: $0) },
                configuration)
            let partitions = [KafkaPartition(topic: topic, partition: 0), KafkaPartition(topic: topic, partition: 1)]
            let answer4 = try await admin.watermarks(partitions).map(\.end)
            #expect(answer4 == [0, 3])
            let answer5 = try await admin.offsets(partitions, at: 1_500)
            #expect(answer5 == [nil, 1])
            let answer6 = try await admin.topics([topic]).map(\.partitions)
            #expect(answer6 == [2])
            let answer7 = try await admin.read(partitions[1], from: 1, PageLimit(records: 10, bytes: 1 << 20)).map(
                \.timestamp)
            #expect(answer7 == [2_000, 3_000])
            #expect(await admin.ping(within: .seconds(10)))
            let again = try await admin.create([KafkaNewTopic(name: topic, partitions: 2)])
            #expect(throws: KafkaError.self) { try again[0].get() }
        }
    }
}
