import EventLog
import ExactText
import Headers
import Telemetry
import TestLog
import Testing
import Timestamps

@testable import Inbox

@Suite("How far a group is behind")
struct GroupWatchTests {
    private static func time(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: seconds * 1_000) }

    @Test("is dated by when the first record that waits was seen first")
    func marks() {
        var marks = PartitionMarks()
        #expect(marks.note(start: 5, end: 5, at: Self.time(0)) == nil)
        #expect(marks.note(start: 5, end: 7, at: Self.time(5)) == Self.time(5))
        #expect(marks.note(start: 5, end: 9, at: Self.time(10)) == Self.time(5), "it waits for longer")
        #expect(marks.note(start: 7, end: 9, at: Self.time(15)) == Self.time(10), "others came later")
        #expect(marks.note(start: 9, end: 9, at: Self.time(20)) == nil)
        #expect(marks.note(start: 9, end: 10, at: Self.time(25)) == Self.time(25))
        #expect(marks.note(start: 0, end: 3, at: Self.time(30)) == Self.time(30), "the topic was made anew")
    }

    @Test("is dated by the record itself where it waited before anybody looked")
    func first() {
        var marks = PartitionMarks()
        #expect(marks.note(start: 5, end: 700, first: Self.time(3), at: Self.time(100)) == Self.time(3))
        #expect(marks.note(start: 6, end: 700, at: Self.time(105)) == Self.time(100))
    }

    @Test("takes no more memory with time, and keeps the first date")
    func bounded() {
        var marks = PartitionMarks()
        for second in 0..<100_000 {
            #expect(marks.note(start: 0, end: Int64(second + 1), at: Self.time(Int64(second))) == Self.time(0))
        }
        #expect(MemoryLayout.size(ofValue: marks) < 64)
        #expect(marks.count <= 65)
    }

    @Test("counts the records of all partitions from the group's place on")
    func records() async throws {
        let log = MemoryLog()
        try await log.create([TopicDeclaration(name: "orders", partitions: 2, retention: nil)])
        let records = (0..<6).map {
            LogRecord(topic: "orders", partition: Int32($0 % 2), key: nil, value: [1], timestamp: Int64($0 + 1) * 1_000)
        }
        _ = await log.append(records)
        try await log.moveOffsets(
            group: "g", to: [LogPosition(topic: "orders", partition: 1, offset: 2)])
        let watch = GroupWatch(group: "g", topics: ["orders"], deadLetterTopics: [], log: log)
        let lag = try await watch.look()
        #expect(lag.records == 4)
        #expect(lag.since == Self.time(1))
    }

    @Test("is dated by the record itself where nobody has looked for long")
    func gap() async throws {
        let log = MemoryLog()
        try await log.create([TopicDeclaration(name: "orders", partitions: 1, retention: nil)])
        let watch = GroupWatch(group: "g", topics: ["orders"], deadLetterTopics: [], log: log)
        let begun = ContinuousClock.now
        #expect(try await watch.look(at: begun).since == nil)
        _ = await log.append([LogRecord(topic: "orders", partition: 0, key: nil, value: [1], timestamp: 5_000)])
        #expect(try await watch.look(at: begun + .seconds(300)).since == Self.time(5))
    }

    @Test("tells the dead letters that were not sent again")
    func letters() async throws {
        let log = MemoryLog()
        try await log.create([TopicDeclaration(name: "dead", partitions: 1, retention: nil)])
        let count = WaitingLetterCount(topic: "dead", log: log)
        #expect(try await count.look() == 0)
        let letter = LogRecord(topic: "dead", partition: 0, key: nil, value: [1])
        _ = await log.append([letter, letter, letter])
        #expect(try await count.look() == 3)
        let second = try #require(try await log.read(topic: "dead", partition: 0, from: 1, limit: 1).first)
        _ = await log.append([Redrive.mark(of: second)])
        #expect(try await count.look() == 2)
        #expect(try await count.look() == 2)
    }
}

@Suite("What metrics tell of what a group reads")
struct ConsumerFiguresTests {
    @Test("has a clock off where records come from the future, and no longer once they don't")
    func clock() {
        let metrics = Metrics()
        let figures = ConsumerFigures(metrics, group: "g")
        #expect(metrics.render().contains(#"orderlog_events_handled_total{group="g"} 0"# + "\n"))
        func record(_ seconds: Int64) -> StoredRecord {
            StoredRecord(
                position: LogPosition(topic: "orders", partition: 0, offset: 0), key: nil, headers: [], value: nil,
                timestamp: seconds * 1_000)
        }
        figures.note([record(70), record(160)], at: Timestamp(milliseconds: 100_000))
        figures.note([record(150)], at: Timestamp(milliseconds: 100_000))
        #expect(figures.clockOffset == -50)
        figures.note([record(70)], at: Timestamp(milliseconds: 100_000))
        #expect(figures.clockOffset == 0)
        #expect(metrics.render().contains(#"orderlog_batch_size_count{batch="consume"} 3"# + "\n"))
    }
}
