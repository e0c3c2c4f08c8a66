import EventLog
import Telemetry
import TestClock
import TestLog
import Testing

@testable import Inbox

/// What a consumer does with work that fails, with records that nobody can read, and with partitions that go to others: on a log
/// in memory, at a time that the test moves.
@Suite(.timeLimit(.minutes(5))) struct ConsumerFailureTests {
    private typealias Consumer = InboxConsumer<ScriptedHandler>

    private static let letters = TopicDeclaration(name: "orders.g.dlq", partitions: 1, retention: nil)
    private static let dead = LogPartition(topic: letters.name, partition: 0)
    private static func partition(_ number: Int32) -> LogPartition { LogPartition(topic: "orders", partition: number) }

    private let log = MemoryLog()
    private let faults: FaultyLog
    private let clock = TestClock()
    private let handler = ScriptedHandler()
    private let memory = ScriptedMemory()

    init() async throws {
        faults = FaultyLog(log)
        try await log.create([TopicDeclaration(name: "orders", partitions: 2, retention: nil), Self.letters])
    }

    private func consumer(_ handler: ScriptedHandler? = nil) -> Consumer {
        Consumer(
            group: "g", topics: ["orders"], log: faults, handler: handler ?? self.handler, memory: memory, clock: clock,
            deadLetterTopic: { _ in Self.letters }, metrics: Metrics(), logger: .silent)
    }

    private func append(_ values: [String], key: String? = nil, partition: Int32 = 0) async throws {
        for result in await log.append(
            values.map {
                LogRecord(
                    topic: "orders", partition: partition, key: Array((key ?? $0).utf8), value: Array($0.utf8))
            })
        {
            _ = try result.get()
        }
    }

    /// Runs a consumer, and stops it.
    private func consuming(_ body: (Consumer) async throws -> Void) async throws {
        let consumer = consumer()
        consumer.start()
        do {
            try await body(consumer)
        } catch {
            handler.working.open()
            await consumer.stop()
            throw error
        }
        handler.working.open()
        await consumer.stop()
    }

    private func letter(_ offset: Int64 = 0) async throws -> StoredRecord {
        await log.has(Int(offset) + 1, in: Self.dead)
        return try #require(try await log.read(topic: Self.letters.name, partition: 0, from: offset, limit: 1).first)
    }

    /// Lets the waits between tries pass.
    private func pass(_ waits: Int) async {
        for _ in 0..<waits {
            await clock.sleepers()
            clock.advance(by: .seconds(2))
        }
    }

    private func commits(_ offset: Int64, _ partition: Int32 = 0) async {
        await log.commits(offset, of: Self.partition(partition), group: "g")
    }

    /// An offset ahead of the database would say that the database was set back, and nobody would be told.
    @Test func nothingIsAcknowledgedThatAPowerCutCouldUndo() async throws {
        memory.securing.shut()
        try await append(["a", "b"])
        try await consuming { _ in
            await memory.securing.holds()
            #expect(handler.handled == ["a", "b"])
            #expect((try? await log.committedOffsets(group: "g"))?.isEmpty == true)
            memory.securing.open()
            await commits(2)
        }
    }

    @Test func whatFailsForAWhileIsHandledInTheEnd() async throws {
        handler.fails("b", times: 3)
        try await append(["a", "b", "c"])
        try await consuming { _ in
            // Once with the others, then by itself: two more times.
            await pass(2)
            await commits(3)
        }
        #expect(handler.handled == ["a", "c", "b"] && handler.tries("b") == 4 && handler.tries("a") == 2)
        #expect(try await log.ranges(topic: Self.letters.name).first?.end == 0)
        #expect(memory.bookmark(Self.partition(0)) == 2, "noted, though not in the transaction of the work")
    }

    @Test func whatAlwaysFailsIsPutAsideAfterFiveTries() async throws {
        handler.fails("b", times: .max)
        try await append(["a", "b", "c"])
        try await consuming { _ in
            await pass(4)
            let letter = try await letter()
            #expect(letter.value == Array("b".utf8) && letter.header("dlq.attempts") == "5")
            #expect(letter.header("dlq.offset") == "1" && letter.header("dlq.group") == "g")
            await commits(3)
        }
        #expect(handler.handled == ["a", "c"] && handler.tries("b") == 6)
    }

    /// One key's events are handled in their order, and those of others do not wait for them.
    @Test func whatComesBehindAFailureOfItsKeyWaits() async throws {
        handler.fails("1", times: 2)
        try await append(["1", "2"], key: "k")
        try await append(["other"])
        try await consuming { _ in
            await pass(1)
            await commits(3)
        }
        #expect(handler.handled == ["other", "1", "2"])
    }

    @Test func whatNobodyCanReadIsPutAsideAtOnce() async throws {
        try await append(["a", "bad", "b"])
        try await consuming { _ in
            let letter = try await letter()
            #expect(letter.value == Array("bad".utf8) && letter.header("dlq.error") == "it is bad")
            #expect(letter.header("dlq.attempts") == "1")
            await commits(3)
        }
        #expect(handler.handled == ["a", "b"])
    }

    /// A database that is away says nothing about an event: it is waited for, however long.
    @Test func aDatabaseThatIsAwayIsWaitedFor() async throws {
        handler.isAway = true
        try await append(["a"])
        try await consuming { _ in
            await pass(20)
            let committed = try await log.committedOffsets(group: "g")
            #expect(committed.isEmpty)
            await clock.sleepers()
            handler.isAway = false
            await pass(1)
            await commits(1)
        }
        #expect(handler.handled == ["a"])
        #expect(try await log.ranges(topic: Self.letters.name).first?.end == 0)
    }

    @Test func stoppingWhileTheDatabaseIsAwayAcknowledgesNothing() async throws {
        handler.isAway = true
        try await append(["a", "b"])
        let consumer = consumer()
        consumer.start()
        await clock.sleepers()
        await consumer.stop()
        #expect(try await log.committedOffsets(group: "g").isEmpty)
        // The next one gets them again.
        handler.isAway = false
        try await consuming { _ in await commits(2) }
        #expect(handler.handled == ["a", "b"])
    }

    /// What has been read is not forgotten for being done event by event.
    @Test func anOffsetIsCommittedBehindItsBookmark() async throws {
        handler.fails("a", times: 1)
        memory.remembering.shut()
        try await append(["a"])
        try await consuming { _ in
            await memory.remembering.holds()
            #expect(handler.handled == ["a"])
            #expect((try? await log.committedOffsets(group: "g"))?.isEmpty == true)
            memory.fails(2)
            memory.remembering.open()
            await commits(1)
        }
        #expect(memory.bookmark(Self.partition(0)) == 0)
    }

    @Test func stoppingWaitsForTheBatchInHand() async throws {
        handler.working.shut()
        try await append(["a", "b"])
        let consumer = consumer()
        consumer.start()
        await handler.working.holds()
        async let stopped: Void = consumer.stop()
        while !consumer.isStopping { await Task.yield() }
        handler.working.open()
        await stopped
        #expect(handler.handled == ["a", "b"])
        #expect(try await log.committedOffsets(group: "g").map(\.offset) == [2])
    }

    /// Its partition waits, by a pace that grows to ten seconds; the other one goes on meanwhile.
    @Test func aLetterThatCantBeWrittenHoldsUpItsPartitionAlone() async throws {
        faults.fails { $0.topic == Self.letters.name ? EventLogError(.unavailable, "away") : nil }
        try await append(["bad", "a"])
        try await append(["b"], partition: 1)
        try await consuming { consumer in
            await commits(1, 1)
            await pass(5)
            await clock.sleepers()
            #expect(consumer.health.complaint?.text == "orders/0: blocked: a dead letter can't be written: away")
            try await append(["c"], partition: 1)
            await commits(2, 1)
            try await append(["d"])
            faults.fails { _ in nil }
            clock.advance(by: .seconds(10))
            await commits(3)
            #expect(consumer.health.complaint == nil)
        }
        #expect(Set(handler.handled) == ["a", "b", "c", "d"])
        #expect(try await letter().value == Array("bad".utf8))
    }

    /// Another member joins while this one works: both partitions are given out anew, and each event is handled by who has its
    /// partition, some of them twice (which an inbox drops), and none never.
    @Test func aRebalanceInTheMiddleLosesNothing() async throws {
        try await append(["a"])
        try await append(["b"], partition: 1)
        handler.working.shut()
        let other = ScriptedHandler()
        try await consuming { _ in
            await handler.working.holds()
            let second = consumer(other)
            second.start()
            // The first one has partition 0 now, and the second one partition 1.
            await log.commits(1, of: Self.partition(1), group: "g")
            #expect(other.handled == ["b"])
            try await append(["c"], partition: 1)
            await commits(2, 1)
            handler.working.open()
            await commits(1)
            await second.stop()
            // All is the first one's again, which goes on where the second one was.
            try await append(["d"], partition: 1)
            await commits(3, 1)
        }
        #expect(other.handled == ["b", "c"])
        #expect(handler.handled.contains("a") && handler.handled.last == "d" && !handler.handled.contains("c"))
    }

    /// Its letter is the next member's to write.
    @Test func aLetterThatWaitsIsLeftToWhoGetsThePartition() async throws {
        faults.fails { $0.topic == Self.letters.name ? EventLogError(.unavailable, "away") : nil }
        try await append(["bad"], partition: 1)
        let other = ScriptedHandler()
        try await consuming { first in
            await clock.sleepers()
            let second = consumer(other)
            faults.fails { _ in nil }
            second.start()
            let letter = try await letter()
            #expect(letter.header("dlq.partition") == "1")
            await commits(1, 1)
            await second.stop()
            // It is the first one's again.
            try await append(["a"], partition: 1)
            await commits(2, 1)
            #expect(first.health.complaint == nil)
        }
        #expect(try await log.ranges(topic: Self.letters.name).first?.end == 1, "one of them wrote it")
    }
}
