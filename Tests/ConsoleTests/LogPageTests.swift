import EventLog
import Headers
import TestLog
import Testing
import Timestamps

@testable import Console

/// What a page of the log has.
@Suite struct LogPageTests {
    private static let start: Int64 = 1_800_000_000_000

    private static func record(
        _ key: String, partition: Int32? = nil, at milliseconds: Int64, type: String = "orderlog.OrderConfirmed.v1",
        topic: String = "letters", value: [UInt8] = Array("{}".utf8)
    ) -> LogRecord {
        LogRecord(
            topic: topic, partition: partition, key: Array(key.utf8), headers: [RecordHeader("ce_type", type)],
            value: value, timestamp: milliseconds)
    }

    /// A topic of three partitions with so many records, a second apart, dealt out in turn.
    private static func log(_ count: Int) async throws -> MemoryLog {
        let log = MemoryLog()
        try await log.create([TopicDeclaration(name: "letters", partitions: 3, retention: nil)])
        _ = await log.append(
            (0..<count).map { record("\($0)", partition: Int32($0 % 3), at: start + Int64($0) * 1_000) })
        return log
    }

    /// Whatever else the machine has to do.
    private static func read(_ question: LogPage.Question, _ log: any EventLog) async throws -> LogPage {
        var question = question
        question.patience = .seconds(3_600)
        return try await LogPage.read(question, from: log)
    }

    private static func keys(_ page: LogPage) -> [String] { page.rows.map { $0.key ?? "" } }

    /// All pages behind each other, in one direction.
    private static func walk(_ question: LogPage.Question, _ log: any EventLog) async throws -> [String] {
        var (question, keys) = (question, [String]())
        for _ in 0..<1_000 {
            let page = try await read(question, log)
            keys += Self.keys(page)
            if page.isAtEnd { return keys }
            question.places = page.next
        }
        throw EventLogError(.unavailable, "there is no end")
    }

    @Test func theNewestOfAllPartitionsComeFirst() async throws {
        let log = try await Self.log(100)
        let page = try await Self.read(.init(topic: "letters", limit: 5), log)
        #expect(Self.keys(page) == ["99", "98", "97", "96", "95"])
        #expect(!page.isAtEnd && page.ranges.map(\.end) == [34, 33, 33])
    }

    /// Page by page nothing is passed over, and nothing comes twice, in either direction.
    @Test(arguments: [1, 7, 50, 200]) func pagesFollowEachOther(limit: Int) async throws {
        let log = try await Self.log(260)
        let all = (0..<260).map { "\($0)" }
        #expect(try await Self.walk(.init(topic: "letters", direction: .back, limit: limit), log) == all.reversed())
        #expect(try await Self.walk(.init(topic: "letters", direction: .on, limit: limit), log) == all)
    }

    @Test func aPageBeginsAtAnOffsetOrATime() async throws {
        let log = try await Self.log(100)
        let offset = LogPage.Question(topic: "letters", direction: .on, partition: 1, places: [1: 5], limit: 3)
        #expect(Self.keys(try await Self.read(offset, log)) == ["16", "19", "22"])
        let time = LogPage.Question(
            topic: "letters", direction: .on, time: Timestamp(milliseconds: Self.start + 41_500), limit: 3)
        #expect(Self.keys(try await Self.read(time, log)) == ["42", "43", "44"])
        let beyond = LogPage.Question(topic: "letters", direction: .on, partition: 1, places: [1: 5_000], limit: 3)
        #expect(try await Self.read(beyond, log).isAtEnd)
    }

    /// What comes after a page was read is found behind the ends that it told.
    @Test func whatComesIsFoundBehindTheEnds() async throws {
        let log = try await Self.log(10)
        let page = try await Self.read(.init(topic: "letters", limit: 5), log)
        var ends = LogPage.Question(topic: "letters", direction: .on)
        ends.places = Dictionary(uniqueKeysWithValues: page.ranges.map { ($0.partition, $0.end) })
        #expect(try await Self.read(ends, log).rows.isEmpty)
        _ = await log.append([Self.record("new", partition: 2, at: Self.start)])
        let news = try await Self.read(ends, log)
        #expect(Self.keys(news) == ["new"])
        ends.places = news.next
        #expect(try await Self.read(ends, log).rows.isEmpty)
    }

    @Test func recordsAreFoundByKeyAndType() async throws {
        let log = try await Self.log(300)
        _ = await log.append([Self.record("7", at: Self.start, type: "orderlog.OrderShipped.v1")])
        #expect(try await Self.walk(.init(topic: "letters", key: "7"), log).count == 2)
        #expect(try await Self.walk(.init(topic: "letters", type: "OrderShipped"), log) == ["7"])
        #expect(try await Self.walk(.init(topic: "letters", key: "7", type: "OrderConfirmed"), log) == ["7"])
        #expect(try await Self.walk(.init(topic: "letters", key: "none"), log).isEmpty)
    }

    /// An order's id is looked for in either case, and in its own partition alone.
    @Test func anOrderIsLookedForInItsPartition() async throws {
        let id = "0197a5c2-7d3e-7c4b-9f52-3b8f6a1d2e40"
        let log = MemoryLog()
        try await log.create([TopicDeclaration(name: "orders", partitions: 12, retention: nil)])
        _ = await log.append(
            [Self.record(id, at: Self.start, topic: "orders")]
                + (0..<100).map { Self.record("\($0)", at: Self.start, topic: "orders") })
        let page = try await Self.read(.init(topic: "orders", key: id.uppercased()), log)
        #expect(Self.keys(page) == [id] && page.isAtEnd && page.looked < 101)
    }

    /// Megabytes of a value are neither told nor kept, and what is read for a page is bounded.
    @Test func largeRecordsMakeShortPages() async throws {
        let log = MemoryLog()
        try await log.create([TopicDeclaration(name: "letters", partitions: 1, retention: nil)])
        let large = [UInt8](repeating: 0x61, count: 2 << 20)
        _ = await log.append((0..<20).map { Self.record("\($0)", at: Self.start, value: large) })
        let page = try await Self.read(.init(topic: "letters"), log)
        #expect(page.rows.first?.key == "19" && page.rows.count < 10 && !page.isAtEnd)
        #expect(page.rows.allSatisfy { $0.bytes == 2 << 20 } && page.json().count < 20_000)
        #expect(try await Self.walk(.init(topic: "letters"), log).count == 20)
    }

    @Test func placesAreReadAsTheyAreWritten() {
        #expect(LogPage.text([1: 5, 0: 17]) == "0:17,1:5")
        #expect(LogPage.places("0:17,1:5") == [0: 17, 1: 5])
        for wrong in ["", "x", "0:1,", "0:1,0:2", "0:-1", "-1:0", "0:99999999999999999999"] {
            #expect(LogPage.places(wrong) == nil, "\(wrong)")
        }
    }
}
