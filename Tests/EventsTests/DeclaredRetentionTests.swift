import Foundation
import Identifiers
import Testing
import Timestamps

@testable import EventLog
@testable import Events

/// How long events are kept stands on the log, and says since when it has to have them.
@Suite struct DeclaredRetentionTests {
    private static func withLog(_ body: (EmbeddedEventLog) async throws -> Void) async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "retention-\(UUID().uuidString).db").path
        let log = try await EmbeddedEventLog(path: path)
        try await log.create(Topics.declared)
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(log))
        } catch {
            result = .failure(error)
        }
        await log.close()
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
        try result.get()
    }

    @Test func theLastWordCounts() async throws {
        try await Self.withLog { log in
            #expect(try await DeclaredRetention.read(log) == nil)
            #expect(DeclaredRetention.topics(nil) == Topics.declared)
            try await DeclaredRetention.declare(90_000, on: log)
            #expect(try await DeclaredRetention.read(log) == .some(90_000))
            let orders = DeclaredRetention.topics(.some(90_000)).first { $0.name == Topics.orders }
            #expect(orders?.retention == 90_000)
            try await DeclaredRetention.declare(nil, on: log)
            #expect(try await DeclaredRetention.read(log) == .some(nil))
        }
    }

    @Test func theLogBeginsWithItsFirstRecordWhereThatWasDeclared() async throws {
        try await Self.withLog { log in
            let (old, young) = (Identifier.time(), Identifier.time())
            let now = Timestamp.now().milliseconds
            for (order, age) in [(old, 100_000), (young, 0)] as [(Identifier, Int64)] {
                let record = LogRecord(
                    topic: Topics.orders, partition: 3, key: Array(order.description.utf8), value: [],
                    timestamp: now - age)
                _ = try await log.append([record])[0].get()
            }
            try await log.change(Topics.orders, to: [TopicSetting(.retention, "50000")])
            await log.removeExpired()
            #expect(try await !LogBegin.read(log).isLater, "nobody declared that anything may be dropped")
            try await DeclaredRetention.declare(50_000, on: log)
            let begin = try await LogBegin.read(log)
            #expect(begin.isLater)
            let (dropped, kept) = (Timestamp(milliseconds: now - 100_000), Timestamp(milliseconds: now))
            let mine = try #require(
                (0..<1_000).lazy.map { _ in Identifier.time() }.first { id in
                    Murmur2.partition(of: Array(id.description.utf8), among: 12) == 3
                })
            let other = try #require(
                (0..<1_000).lazy.map { _ in Identifier.time() }.first { id in
                    Murmur2.partition(of: Array(id.description.utf8), among: 12) != 3
                })
            #expect(begin.isAfter(dropped, of: mine) && !begin.isAfter(kept, of: mine))
            #expect(!begin.isAfter(dropped, of: other), "that partition has everything")
        }
    }
}
