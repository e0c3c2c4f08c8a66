import EventLog
import Foundation
import Headers
import TestBroker
import Testing

@testable import LogTools

/// What a log holds goes to another, once, however often it is begun.
@Suite struct LogMoveTests {
    private func withLogs(_ body: (EmbeddedEventLog, EmbeddedEventLog) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "move-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let source = try await EmbeddedEventLog(path: folder.path + "/source.db")
        let target = try await EmbeddedEventLog(path: folder.path + "/target.db")
        do {
            try await body(source, target)
        } catch {
            await source.close()
            await target.close()
            throw error
        }
        await source.close()
        await target.close()
    }

    private let topic = TopicDeclaration(name: "orders", partitions: 3, retention: nil)

    private func records(_ range: Range<Int>, partition: Int32? = nil) -> [LogRecord] {
        range.map {
            LogRecord(
                topic: "orders", partition: partition ?? Int32($0 % 3), key: Array("key \($0)".utf8),
                headers: [RecordHeader("ce_id", "\($0)")], value: $0 % 7 == 0 ? nil : Array("value \($0)".utf8),
                timestamp: 1_000 + Int64($0))
        }
    }

    private func append(_ records: [LogRecord], to log: any EventLog) async throws {
        for outcome in await log.append(records) { _ = try outcome.get() }
    }

    private func content(_ log: any EventLog) async throws -> [[StoredRecord]] {
        var partitions: [[StoredRecord]] = []
        for range in try await log.ranges(topic: "orders") {
            partitions.append(
                try await log.read(topic: "orders", partition: range.partition, from: 0, limit: 10_000))
        }
        return partitions
    }

    @Test func everythingIsThereOnceAndGroupsGoOnWhereTheyWere() async throws {
        try await withLogs { source, target in
            try await source.create([topic])
            try await append(records(0..<3_000), to: source)
            let places = [10, 1_000, 0].enumerated().map {
                LogPosition(topic: "orders", partition: Int32($0.offset), offset: Int64($0.element))
            }
            try await source.moveOffsets(group: "g", to: places)
            let move = LogMove(from: source, to: target)
            try await move.run(first: "shop") { _ in }
            #expect(move.copied == 3_000)
            #expect(try await content(target) == content(source))
            #expect(try await target.committedOffsets(group: "g") == places)
            // Once more, and after some more.
            let again = LogMove(from: source, to: target)
            try await again.run(first: "shop") { _ in }
            #expect(again.copied == 0)
            try await append(records(3_000..<3_100), to: source)
            let rest = LogMove(from: source, to: target)
            try await rest.run(first: "shop") { _ in }
            #expect(rest.copied == 100)
            #expect(try await content(target) == content(source))
        }
    }

    /// It broke off, and the other log had taken its last records twice: places are those of the records that they were.
    @Test func aMoveThatBrokeOffGoesOn() async throws {
        try await withLogs { source, target in
            try await source.create([topic])
            try await target.create([topic])
            try await append(records(0..<100, partition: 0), to: source)
            try await source.moveOffsets(group: "g", to: [LogPosition(topic: "orders", partition: 0, offset: 60)])
            try await append(records(0..<50, partition: 0) + records(45..<50, partition: 0), to: target)
            let move = LogMove(from: source, to: target)
            try await move.run(first: "shop") { _ in }
            #expect(move.copied == 50)
            let ids = try await content(target)[0].compactMap { $0.header("ce_id").flatMap { Int($0) } }
            #expect(ids == Array(0..<50) + Array(45..<50) + Array(50..<100))
            #expect(
                try await target.committedOffsets(group: "g") == [
                    LogPosition(topic: "orders", partition: 0, offset: 65)
                ])
        }
    }

    /// What is there lacks records before its last ones, which nothing brings in between: it says which topic has to go, and
    /// then goes on.
    @Test func aGapIsToldAndWhatIsToBeDoneWorks() async throws {
        try await withLogs { source, target in
            try await source.create([topic])
            try await append(records(0..<9), to: source)
            try await withLogs { broken, _ in
                try await broken.create([topic])
                try await append(records(0..<1) + records(6..<9), to: broken)
                let error = await #expect(throws: ToolError.self) {
                    try await LogMove(from: source, to: broken).run(first: "shop") { _ in }
                }
                let text = error?.description ?? ""
                #expect(text.contains("an event that comes before orders/0:1 is not there"), "\(text)")
                #expect(text.contains("kafka-topics.sh --delete --topic orders"), "\(text)")
            }
            try await LogMove(from: source, to: target).run(first: "shop") { _ in }
            #expect(try await content(target) == content(source))
        }
    }

    /// Kafka, or our client as it was told, refuses an event in the middle, and has taken later ones.
    @Test(.enabled(if: TestBroker.isAvailable, "needs Kafka: set KAFKA_HOME"))
    func whatIsRefusedInTheMiddleIsToldAtOnce() async throws {
        let address = try await TestBroker.shared()
        let name = "move-\(UUID().uuidString)"
        try await withLogs { source, _ in
            try await source.create([TopicDeclaration(name: name, partitions: 1, retention: nil)])
            try await append(
                [10, 20_000, 11].map {
                    LogRecord(topic: name, partition: 0, key: nil, value: Array(repeating: 7, count: $0))
                },
                to: source)
            let small = try KafkaEventLog(bootstrapServers: address, properties: ["message.max.bytes": "2000"]) { _ in }
            let error = await #expect(throws: ToolError.self) {
                try await LogMove(from: source, to: small).run(first: "shop") { _ in }
            }
            await small.close()
            let text = error?.description ?? ""
            #expect(text.contains("an event that comes before \(name)/0:1 is not there"), "\(text)")
            #expect(text.contains("mend what refused the event"), "\(text)")
            let target = try KafkaEventLog(bootstrapServers: address) { _ in }
            let again = await #expect(throws: ToolError.self) {
                try await LogMove(from: source, to: target).run(first: "shop") { _ in }
            }
            #expect(again?.description.contains("delete it (kafka-topics.sh --delete --topic \(name))") == true)
            await target.close()
        }
    }

    /// A log that wants another timestamp than the record's has taken it all the same.
    @Test func aRecordOfAnotherTimeIsKnown() async throws {
        try await withLogs { source, target in
            try await source.create([topic])
            try await target.create([topic])
            try await append(records(0..<9), to: source)
            var first = records(0..<3)
            for index in first.indices { first[index].timestamp = 77 }
            try await append(first, to: target)
            let move = LogMove(from: source, to: target)
            try await move.run(first: "shop") { _ in }
            #expect(move.copied == 6)
        }
    }

    @Test func aLogThatHoldsOthersRecordsIsRefused() async throws {
        try await withLogs { source, target in
            try await source.create([topic])
            try await target.create([topic])
            try await append(records(0..<10), to: source)
            try await append(records(100..<101, partition: 1), to: target)
            await #expect(throws: ToolError.self) {
                try await LogMove(from: source, to: target).run(first: "shop") { _ in }
            }
        }
    }

    /// The records' own times are old: it would remove them soon after they came.
    @Test func aTopicThatForgetsSoonerIsRefusedUntilItIsChanged() async throws {
        try await withLogs { source, target in
            try await source.create([topic])
            try await append(records(0..<9), to: source)
            let week: Int64 = 604_800_000
            try await target.create([TopicDeclaration(name: "orders", partitions: 3, retention: week)])
            let error = await #expect(throws: ToolError.self) {
                try await LogMove(from: source, to: target).run(first: "shop") { _ in }
            }
            let text = error?.description ?? ""
            #expect(text.contains("keeps records for \(week) ms only"), "\(text)")
            #expect(text.contains("--entity-name orders --add-config retention.ms=-1"), "\(text)")
            #expect(try await target.ranges(topic: "orders").allSatisfy { $0.end == 0 })
            // As long as the source does is enough.
            try await source.change("orders", to: [TopicSetting(.retention, "\(week)")])
            try await LogMove(from: source, to: target).run(first: "shop") { _ in }
        }
    }

    /// Keys would change places.
    @Test func aTopicOfOtherPartitionsIsRefused() async throws {
        try await withLogs { source, target in
            try await source.create([topic])
            try await target.create([TopicDeclaration(name: "orders", partitions: 4, retention: nil)])
            await #expect(throws: ToolError.self) {
                try await LogMove(from: source, to: target).run(first: "shop") { _ in }
            }
            #expect(try await target.ranges(topic: "orders").allSatisfy { $0.end == 0 })
        }
    }
}
