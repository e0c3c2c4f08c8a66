import Foundation
import TestDatabase
import Testing

@testable import EventLog

@Suite(.timeLimit(.minutes(1))) struct EmbeddedEventLogTests {
    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "log-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder.path + "/log.db")
    }

    @Test(arguments: EventLogContract.all) func holds(_ check: EventLogContract) async throws {
        try await withFolder { path in
            try await check.run { try await EmbeddedEventLog(path: path) }
        }
    }

    private func record(_ value: String, to topic: String = "t", timestamp: Int64? = nil) -> LogRecord {
        LogRecord(topic: topic, partition: 0, key: nil, value: Array(value.utf8), timestamp: timestamp)
    }

    private let topic = TopicDeclaration(name: "t", partitions: 1, retention: nil)

    @Test func aLogWhoseFileIsGoneDoesNotAnswer() async throws {
        try await withFolder { path in
            let log = try await EmbeddedEventLog(path: path)
            #expect(await log.isReachable(within: 1))
            try FileManager.default.moveItem(atPath: path, toPath: path + ".away")
            #expect(!(await log.isReachable(within: 1)))
            try FileManager.default.moveItem(atPath: path + ".away", toPath: path)
            #expect(await log.isReachable(within: 1))
            await log.close()
        }
    }

    @Test func whatWasAppendedIsThereAfterReopening() async throws {
        try await withFolder { path in
            var log = try await EmbeddedEventLog(path: path)
            try await log.create([topic])
            for result in await log.append([record("a"), record("b")]) { _ = try result.get() }
            var consumer = try await log.consumer(group: "g", topics: ["t"])
            let first = try #require(try await consumer.next(limit: 1))
            await consumer.acknowledge(first)
            await log.close()

            log = try await EmbeddedEventLog(path: path)
            #expect(try await log.ranges(topic: "t") == [PartitionRange(partition: 0, earliest: 0, end: 2)])
            #expect(try await log.groups() == ["g"])
            consumer = try await log.consumer(group: "g", topics: ["t"])
            #expect(try await consumer.next(limit: 10)?.map(\.position.offset) == [1])
            await log.close()
        }
    }

    @Test func noStatementGoesThroughTheRecords() async throws {
        try await withFolder { path in
            let log = try await EmbeddedEventLog(path: path)
            try await log.create([topic, TopicDeclaration(name: "old", partitions: 1, retention: 1)])
            let records = [1, 5, 3, 7].map { record("a", timestamp: $0) }
            for result in await log.append(records + [record("a", to: "old", timestamp: 1)]) { _ = try result.get() }
            let consumer = try await log.consumer(group: "g", topics: ["t"])
            await consumer.acknowledge(try #require(try await consumer.next(limit: 1)))
            await consumer.close()
            for (time, offset) in [(0, 0), (2, 1), (4, 1), (6, 3), (8, 4)] as [(Int64, Int64)] {
                #expect(try await log.offset(topic: "t", partition: 0, at: time) == offset)
            }
            _ = try await log.read(topic: "t", partition: 0, from: 0, limit: 10)
            _ = try await log.ranges(topic: "t")
            _ = try await log.committedOffsets(group: "g")
            _ = try await log.members(group: "g")
            await log.removeExpired()
            #expect(try await log.ranges(topic: "old") == [PartitionRange(partition: 0, earliest: 1, end: 1)])
            let scans = try await QueryPlans.scans(
                in: log.database,
                fill: [
                    """
                    INSERT INTO records (topic_id, partition, offset, timestamp, headers)
                    SELECT 1, i % 12, i + 1000, i, x'00' FROM n
                    """
                ], small: ["identity", "topics", "partitions", "group_offsets", "t", "p", "g"], sparing: [])
            #expect(scans == [])
            await log.close()
        }
    }

    /// Two handles on one file, as of two processes: the consumer of one gets what the other appends.
    @Test func whatAnotherProcessAppendsIsConsumed() async throws {
        try await withFolder { path in
            let log = try await EmbeddedEventLog(path: path)
            let other = try await EmbeddedEventLog(path: path)
            try await log.create([topic])
            let consumer = try await log.consumer(group: "g", topics: ["t"])
            async let waiting = consumer.next(limit: 10)
            for result in await other.append([record("from afar")]) { _ = try result.get() }
            #expect(try await waiting?.first?.value == Array("from afar".utf8))
            await log.close()
            await other.close()
        }
    }

    @Test func aGroupHasOneMemberAtATime() async throws {
        try await withFolder { path in
            let log = try await EmbeddedEventLog(path: path)
            let other = try await EmbeddedEventLog(path: path)
            let member = try await log.consumer(group: "a/b", topics: ["t"])
            await #expect {
                _ = try await other.consumer(group: "a/b", topics: ["t"])
            } throws: {
                ($0 as? EventLogError)?.kind == .groupInUse
            }
            await member.close()
            await (try other.consumer(group: "a/b", topics: ["t"])).close()
            await log.close()
            await other.close()
        }
    }

    @Test func oldRecordsGoWhereATopicSaysSo() async throws {
        try await withFolder { path in
            let log = try await EmbeddedEventLog(path: path)
            try await log.create([TopicDeclaration(name: "t", partitions: 1, retention: 60_000)])
            let now = EmbeddedEventLog.currentMilliseconds()
            _ = await log.append([
                record("old", timestamp: now - 120_000), record("older", timestamp: now - 180_000),
                record("young", timestamp: now), record("old, behind a young one", timestamp: now - 120_000),
            ])
            await log.removeExpired()
            #expect(try await log.ranges(topic: "t") == [PartitionRange(partition: 0, earliest: 2, end: 4)])
            #expect(try await log.read(topic: "t", partition: 0, from: 0, limit: 10).map(\.position.offset) == [2, 3])
            await log.close()
        }
    }
}

@Suite struct Murmur2Tests {
    /// The known answers of Kafka's own UtilsTest.
    @Test(arguments: [
        ("21", -973_932_308), ("foobar", -790_332_482), ("a-little-bit-long-string", -985_981_536),
        ("a-little-bit-longer-string", -1_486_304_829),
        ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971), ("abc", 479_470_107),
    ])
    func isJavas(_ text: String, _ hash: Int32) {
        #expect(Murmur2.hash(Array(text.utf8)) == hash)
    }
}
