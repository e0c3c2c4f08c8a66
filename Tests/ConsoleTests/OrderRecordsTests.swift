import EventLog
import Headers
import Identifiers
import TestLog
import Testing
import Timestamps

@testable import Console

/// Where the events of one order are found.
@Suite struct OrderRecordsTests {
    private static let order = Identifier(high: 0x0197_a5c2_7d3e_7c4b, low: 0x9f52_3b8f_6a1d_2e40)
    private static let start: Int64 = 1_800_000_000_000

    private static func record(_ key: String, _ id: String, at milliseconds: Int64) -> LogRecord {
        LogRecord(
            topic: "orders", key: Array(key.utf8),
            headers: [
                RecordHeader("ce_id", id), RecordHeader("ce_time", Timestamp(milliseconds: milliseconds).rfc3339),
            ],
            value: Array("{}".utf8), timestamp: milliseconds)
    }

    /// A log with these records of the order, `others` before each, all in one partition.
    private static func log(_ events: [(id: String, at: Int64)], others: Int = 0) async throws -> MemoryLog {
        let log = MemoryLog()
        try await log.create([TopicDeclaration(name: "orders", partitions: 1, retention: nil)])
        for event in events {
            let records = (0..<others).map { record("other", "\($0) \(event.id)", at: event.at) }
            _ = await log.append(records + [record(order.description, event.id, at: event.at)])
        }
        return log
    }

    private static func find(_ log: any EventLog, _ times: [Int64]) async throws -> [String?] {
        let times = times.map { Timestamp(milliseconds: $0) }
        return try await OrderRecords(log: log).find(order, at: times).records.map { $0.header("ce_id") }
    }

    @Test func eachEventIsFoundByItsTime() async throws {
        let times = [Self.start, Self.start + 60_000, Self.start + 90_000]
        let log = try await Self.log([("a", times[0]), ("b", times[1]), ("c", times[2])], others: 700)
        #expect(try await Self.find(log, times) == ["a", "b", "c"])
        #expect(try await Self.find(log, []) == [])
    }

    /// Two moves in one millisecond are two events.
    @Test func eventsOfOneTimeAreBothFound() async throws {
        let log = try await Self.log([("a", Self.start), ("b", Self.start)], others: 600)
        #expect(try await Self.find(log, [Self.start, Self.start]) == ["a", "b"])
    }

    /// A relay may publish twice; both are shown, and the next one is looked for all the same.
    @Test func aRepeatHidesNothing() async throws {
        let log = try await Self.log(
            [("a", Self.start), ("a", Self.start), ("b", Self.start + 60_000)], others: 200)
        #expect(try await Self.find(log, [Self.start, Self.start + 60_000]) == ["a", "a", "b"])
    }

    /// What is not there costs no more than its share of the log: none is read beyond it.
    @Test func whatIsNotPublishedIsNotLookedForEverywhere() async throws {
        let log = try await Self.log([("late", Self.start)], others: 2_500)
        #expect(try await Self.find(log, [Self.start]) == [])
        let empty = try await Self.log([])
        #expect(try await Self.find(empty, [Self.start]) == [])
    }
}
