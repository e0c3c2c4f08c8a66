import EventLog
import Headers
import TestLog
import Testing

@testable import Console
@testable import HTTPServer

/// What those who watch are told.
@Suite struct EventFeedTests {
    private struct Reader {
        let stream: HTTPStream
        var text = ""

        /// Reads on until so many records have come.
        mutating func read(records count: Int) async throws -> [String] {
            let end = ContinuousClock.now + .seconds(60)
            while keys.count < count, ContinuousClock.now < end {
                if case .bytes(let bytes, _) = stream.take() {
                    text += String(decoding: bytes, as: UTF8.self)
                }
                try await Task.sleep(for: .milliseconds(5))
            }
            return keys
        }

        var keys: [String] { text.matches(of: /"key":"([^"]*)"/).map { String($0.output.1) } }
        var lastID: String? { text.matches(of: /id: (.*)\n/).last.map { String($0.output.1) } }
    }

    private static func log() async throws -> MemoryLog {
        let log = MemoryLog()
        try await log.create(
            ["orders", "inventory"].map { TopicDeclaration(name: $0, partitions: 3, retention: nil) })
        return log
    }

    private static func feed(_ log: MemoryLog) -> EventFeed {
        EventFeed(PromptLog(log, patience: .seconds(60)), topics: ["orders", "inventory"])
    }

    private static func join(
        _ feed: EventFeed, key: String? = nil, topics: [String] = ["orders", "inventory"],
        after: String? = nil
    ) async throws -> Reader {
        let stream = try await feed.join(
            key: key, type: nil, topics: topics, after: after.flatMap { FeedPlaces($0) })
        return Reader(stream: try #require(stream))
    }

    private static func append(_ keys: Range<Int>, to log: MemoryLog, topic: String = "orders") async {
        _ = await log.append(
            keys.map {
                LogRecord(
                    topic: topic, partition: Int32($0 % 3), key: Array("\($0)".utf8), value: Array("{}".utf8),
                    timestamp: 1_800_000_000_000 + Int64($0))
            })
    }

    @Test func allAreToldWhatComesAndWhatTheyWant() async throws {
        let log = try await Self.log()
        await Self.append(0..<3, to: log)
        let feed = Self.feed(log)
        var all = try await Self.join(feed)
        var one = try await Self.join(feed, key: "7")
        var stock = try await Self.join(feed, topics: ["inventory"])
        await Self.append(3..<10, to: log)
        await Self.append(20..<21, to: log, topic: "inventory")
        #expect(Set(try await all.read(records: 8)) == Set((3..<10).map { "\($0)" } + ["20"]))
        #expect(try await one.read(records: 1) == ["7"])
        #expect(try await stock.read(records: 1) == ["20"])
    }

    /// Who comes again with the last id goes on behind it: nothing is lost, and nothing comes twice.
    @Test func whoComesAgainLosesNothing() async throws {
        let log = try await Self.log()
        let feed = Self.feed(log)
        var first = try await Self.join(feed)
        await Self.append(0..<5, to: log)
        #expect(try await first.read(records: 5).count == 5)
        first.stream.leave()
        await Self.append(5..<900, to: log)
        let other = try await Self.join(feed)
        var second = try await Self.join(feed, after: first.lastID)
        await Self.append(900..<950, to: log)
        let keys = try await second.read(records: 945)
        #expect(keys.count == 945 && Set(keys) == Set((5..<950).map { "\($0)" }))
        other.stream.leave()
        second.stream.leave()
        #expect(feed.count == 0)
    }

    /// Who comes again after all that came meanwhile was removed does not look for it for ever.
    @Test func whatIsKeptNoLongerIsPassedOver() async throws {
        let log = try await Self.log()
        await Self.append(0..<6, to: log)
        for partition in 0..<3 { log.remove(before: 2, of: LogPartition(topic: "orders", partition: Int32(partition))) }
        let feed = Self.feed(log)
        var reader = try await Self.join(feed, after: "orders:0.0.0;inventory:0.0.0")
        let end = ContinuousClock.now + .seconds(60)
        while feed.behind > 0 {
            try #require(ContinuousClock.now < end)
            try await Task.sleep(for: .milliseconds(5))
        }
        await Self.append(6..<9, to: log)
        #expect(Set(try await reader.read(records: 3)) == ["6", "7", "8"])
    }

    @Test func whoMayLookNoMoreIsToldNoMore() async throws {
        let feed = EventFeed(
            PromptLog(try await Self.log(), patience: .seconds(60)), topics: ["orders"], commentEvery: 1)
        let isRevoked = Flag()
        let watcher = try await feed.join(
            key: nil, type: nil, topics: ["orders"], after: nil, isWelcome: { !isRevoked.isUp })
        let stream = try #require(watcher)
        let other = try await Self.join(feed)
        isRevoked.raise()
        let end = ContinuousClock.now + .seconds(60)
        while true {
            if case .bytes(_, isLast: true) = stream.take() { break }
            try #require(ContinuousClock.now < end)
            try await Task.sleep(for: .milliseconds(5))
        }
        guard case .bytes(_, isLast: false) = other.stream.take() else {
            Issue.record("the other one ended, too")
            return
        }
    }

    /// Who takes nothing is cut off; others are told all the same.
    @Test func aSlowWatcherHoldsNobodyUp() async throws {
        let log = try await Self.log()
        let feed = Self.feed(log)
        let slow = try await Self.join(feed)
        var quick = try await Self.join(feed)
        for start in stride(from: 0, to: 1_000, by: 100) {
            await Self.append(start..<start + 100, to: log)
            #expect(try await quick.read(records: start + 100).count == start + 100)
        }
        #expect(slow.stream.take() == .cutOff)
    }

    @Test func thereAreNoMoreThanTheCap() async throws {
        let log = try await Self.log()
        let feed = Self.feed(log)
        var streams: [HTTPStream] = []
        for _ in 0..<EventFeed.most { streams.append(try await Self.join(feed).stream) }
        #expect(try await feed.join(key: nil, type: nil, topics: [], after: nil) == nil)
        streams.removeLast().leave()
        #expect(try await feed.join(key: nil, type: nil, topics: [], after: nil) != nil)
    }

    @Test func placesAreReadAsTheyAreWritten() {
        let places = FeedPlaces("orders:17.5.3;inventory:1.2")
        #expect(places?.text == "inventory:1.2;orders:17.5.3" && places?.next("orders", 1) == 5)
        for wrong in [
            "", ":", "a", "a:", "a:1;a:2", "a:-1", "a:x", String(repeating: "a", count: 5_000) + ":1",
        ] {
            #expect(FeedPlaces(wrong) == nil, "\(wrong.prefix(20))")
        }
    }
}
