import EventLog
import TestLog
import Testing

@testable import LogTools

/// The last records of a log, and what comes after them.
@Suite(.timeLimit(.minutes(5))) struct LogTailTests {
    /// Number N at the N-th second, over three partitions by turns; every fifth has the key "five".
    private static func log(_ count: Int) async throws -> MemoryLog {
        let log = MemoryLog()
        try await log.create([TopicDeclaration(name: "orders", partitions: 3, retention: nil)])
        try await append(0..<count, to: log)
        return log
    }

    private static func append(_ numbers: Range<Int>, to log: MemoryLog) async throws {
        let records = numbers.map { number in
            LogRecord(
                topic: "orders", partition: Int32(number % 3), key: Array((number % 5 == 0 ? "five" : "other").utf8),
                value: Array("\(number)".utf8), timestamp: Int64(number) * 1_000)
        }
        for result in await log.append(records) { _ = try result.get() }
    }

    private static func numbers(_ records: [StoredRecord]) -> [Int] {
        records.compactMap { Int(String(decoding: $0.value ?? [], as: UTF8.self)) }
    }

    private static func last(_ count: Int, _ selection: LogSelection, _ log: any EventLog) async throws -> [Int] {
        let reader = LogReader(log, try await LastRecords.stretches(count, of: selection, in: log))
        var found: [Int] = []
        while true {
            let records = try await reader.next()
            if records.isEmpty { return found }
            found += numbers(records.filter(selection.matches))
        }
    }

    @Test(arguments: [0, 1, 7, 2_000, 5_000]) func theLastOnesAreThoseOfTheLog(_ count: Int) async throws {
        let log = try await Self.log(2_000)
        #expect(
            try await Self.last(count, LogSelection(topics: ["orders"]), log) == Array((0..<2_000).suffix(count)))
    }

    @Test(arguments: [1, 7, 400, 1_000]) func theLastOnesOfAKeyAreFoundBehindOthers(_ count: Int) async throws {
        let log = try await Self.log(3_000)
        // For a long time only others came.
        try await Self.append(3_001..<3_002, to: log)
        let five = LogSelection(topics: ["orders"], key: "five")
        let all = (0..<3_000).filter { $0 % 5 == 0 }
        #expect(try await Self.last(count, five, log) == Array(all.suffix(count)))
    }

    @Test func anEmptyLogHasNone() async throws {
        #expect(try await Self.last(20, LogSelection(topics: ["orders"]), try await Self.log(0)).isEmpty)
    }

    /// It says once that the log is away, and goes on where it was; of nothing is said more or less than once.
    @Test func goesOnWhenTheLogWasAway() async throws {
        let memory = try await Self.log(10)
        let log = FaultyLog(memory)
        var news: [LogTail.News] = []
        var seen: [Int] = []
        let selection = LogSelection(topics: ["orders"])
        let tail = LogTail(
            log, try await LastRecords.stretches(4, of: selection, in: log), selection, reopened: { _ in nil },
            tell: {
                news.append($0)
                if case .away = $0 { log.isAway = false }
            })
        struct Done: Error {}
        var turns = 0
        var isAppended = false
        await #expect(throws: Done.self) {
            try await tail.run({ seen += Self.numbers($0) }) {
                turns += 1
                if turns == 1 { log.isAway = true }
                if seen.count == 7 { throw Done() }
                if !isAppended, news == [.away("away"), .back] {
                    isAppended = true
                    Self.appendSoon(10..<13, to: memory)
                }
            }
        }
        #expect(seen == [6, 7, 8, 9, 10, 11, 12])
        #expect(news == [.away("away"), .back])
    }

    private static func appendSoon(_ numbers: Range<Int>, to log: MemoryLog) {
        Task { try await append(numbers, to: log) }
    }

    @Test func anotherLogIsReadFromItsBeginning() async throws {
        let (first, second) = (try await Self.log(5), try await Self.log(3))
        var news: [LogTail.News] = []
        var seen: [Int] = []
        var isReplaced = false
        let selection = LogSelection(topics: ["orders"])
        let tail = LogTail(
            first, try await LastRecords.stretches(2, of: selection, in: first), selection,
            reopened: { _ in
                defer { isReplaced = true }
                return isReplaced ? nil : second
            }, tell: { news.append($0) })
        struct Done: Error {}
        await #expect(throws: Done.self) {
            try await tail.run({ seen += Self.numbers($0) }) { if seen.count == 5 { throw Done() } }
        }
        #expect(seen == [3, 4, 0, 1, 2] && news == [.another])
        await tail.close()
    }
}
