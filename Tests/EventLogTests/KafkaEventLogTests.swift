import EventLog
import Headers
import Kafka
import TestBroker
import Testing
import Timestamps

@Suite(.enabled(if: TestBroker.isAvailable, "needs Kafka: set KAFKA_HOME"), .timeLimit(.minutes(3)))
struct KafkaEventLogTests {
    @Test(arguments: EventLogContract.all) func holds(_ check: EventLogContract) async throws {
        let address = try await TestBroker.shared()
        try await check.run {
            try KafkaEventLog(bootstrapServers: address, properties: Contract.patience) { _ in }
        }
    }

    /// A topic as somebody else set it, with a log beside it.
    /// Nothing of it is too old to be kept: Kafka looks through its logs when it has run for half a minute, and every five.
    private func withTopic(
        _ settings: [String: String], _ body: (KafkaEventLog, String) async throws -> Void
    ) async throws {
        let address = try await TestBroker.shared()
        let topic = Contract.fresh("topic")
        let admin = try KafkaAdmin(KafkaConfiguration(bootstrapServers: address), log: { _ in })
        let settings = settings.merging(["retention.ms": "-1"]) { $1 }
        for outcome in try await admin.create([KafkaNewTopic(name: topic, partitions: 1, settings: settings)]) {
            try outcome.get()
        }
        await admin.close()
        let log = try KafkaEventLog(bootstrapServers: address) { _ in }
        do {
            try await body(log, topic)
        } catch {
            await log.close()
            throw error
        }
        await log.close()
    }

    private func event(_ number: Int, at timestamp: Int64, size: Int = 2) -> LogRecord {
        LogRecord(
            topic: "", key: Array("\(number)".utf8),
            headers: [RecordHeader("ce_time", Timestamp(milliseconds: timestamp).rfc3339)],
            value: [UInt8](repeating: 0x20, count: size), timestamp: timestamp)
    }

    /// Appends, as a relay does, until each record is either on the log or refused for itself: a topic just made may not be
    /// known yet, and a search for the records that are refused ends after a while.
    /// Whose fate was not known may stand there once for each time that it was `sent`.
    private func append(
        _ records: [LogRecord], to log: KafkaEventLog, sent: (Int) -> Void = { _ in }
    ) async throws -> [EventLogError?] {
        var errors = [EventLogError?](repeating: nil, count: records.count)
        var open = Array(records.indices)
        let end = ContinuousClock.now + .seconds(100)
        while !open.isEmpty {
            open.forEach(sent)
            let outcomes = await log.append(open.map { records[$0] })
            var again: [Int] = []
            for (index, outcome) in zip(open, outcomes) {
                guard case .failure(let error) = outcome else { continue }
                if error.kind == .refused { errors[index] = error } else { again.append(index) }
            }
            open = again
            try #require(open.isEmpty || ContinuousClock.now < end, "some are not told yet")
        }
        return errors
    }

    @Test func aHostWhoseClockIsAheadIsNoReasonToRefuse() async throws {
        try await withTopic(["message.timestamp.after.max.ms": "3600000"]) { log, topic in
            let now = Timestamp.now().milliseconds
            let ahead = now + 2 * 3_600_000
            let records = (0..<20).map { number in
                var record = event(number, at: number == 7 ? ahead : now)
                record.topic = topic
                return record
            }
            var sent = 0
            #expect(try await append(records, to: log) { _ in sent += 1 }.allSatisfy { $0 == nil })
            let read = try await log.read(topic: topic, partition: 0, from: 0, limit: 100)
            #expect(Set(read.map(\.key)).count == 20 && read.count <= sent)
            let late = try #require(read.first { $0.key == Array("7".utf8) })
            #expect(abs(late.timestamp - now) < 60_000)
            #expect(late.header("ce_time") == Timestamp(milliseconds: ahead).rfc3339)
            #expect(Set(read.filter { $0.timestamp == now }.map(\.key)).count == 19, "the others are as they were")
        }
    }

    @Test func anEventThatWaitedLongIsNoReasonToRefuse() async throws {
        try await withTopic(["message.timestamp.before.max.ms": "3600000"]) { log, topic in
            let old = Timestamp.now().milliseconds - 7 * 24 * 3_600_000
            var record = event(1, at: old)
            record.topic = topic
            var sent = 0
            #expect(try await append([record, record], to: log) { _ in sent += 1 }.allSatisfy { $0 == nil })
            let read = try await log.read(topic: topic, partition: 0, from: 0, limit: 100)
            #expect((2...sent).contains(read.count))
            #expect(read.allSatisfy { $0.header("ce_time") == Timestamp(milliseconds: old).rfc3339 })
        }
    }

    @Test func ofManyThatTravelTogetherOnlyTheLargeOneIsRefused() async throws {
        try await withTopic(["max.message.bytes": "2000"]) { log, topic in
            let records = (0..<200).map { number in
                var record = event(number, at: 1_700_000_000_000, size: number == 50 ? 5_000 : 100)
                record.topic = topic
                return record
            }
            var sent: [[UInt8]: Int] = [:]
            let errors = try await append(records, to: log) { index in
                if let key = records[index].key { sent[key, default: 0] += 1 }
            }
            #expect(errors.indices.filter { errors[$0] != nil } == [50])
            let read = try await log.read(topic: topic, partition: 0, from: 0, limit: 1_000)
            let (keys, small) = (read.map(\.key), records.filter { $0.value?.count == 100 }.map(\.key))
            #expect(Set(small).subtracting(keys).isEmpty, "all the others are there")
            #expect(Set(keys).subtracting(small).isEmpty, "it is not")
            let found = Dictionary(keys.map { ($0 ?? [], 1) }) { $0 + $1 }
            #expect(found.allSatisfy { $0.value <= sent[$0.key, default: 0] }, "once for each time that it was sent")
        }
    }

    @Test func topicsAreMadeWithoutBoundsOfTime() async throws {
        let address = try await TestBroker.shared()
        let log = try KafkaEventLog(bootstrapServers: address) { _ in }
        let topic = try await Contract.topic(log)
        let description = try #require(try await log.topics().first { $0.name == topic })
        #expect(description.timestampsAhead == nil)
        #expect(description.largestBatch == TopicDeclaration.largestBatch)
        await log.close()
    }
}
