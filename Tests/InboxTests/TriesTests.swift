import EventLog
import Headers
import Identifiers
import SQLite
import Synchronization
import Telemetry
import TestDatabase
import TestTelemetry
import Testing

@testable import Inbox

@Suite struct TriesTests {
    struct Away: Error {}
    struct Bad: Error {}

    /// Fails for the events it was told of, and while its database is away.
    final class Handler: EventHandler {
        let calls = Mutex<[[Int]]>([])
        let bad: Set<Int>
        let impossible: Set<Int>
        let away: Mutex<Int>

        init(bad: Set<Int> = [], impossible: Set<Int> = [], awayFor tries: Int = 0) {
            self.bad = bad
            self.impossible = impossible
            away = Mutex(tries)
        }

        func read(_ record: StoredRecord, _ knowledge: InboxKnowledge) throws(UnreadableEvent) -> Int? {
            Int(record.position.offset)
        }

        func handle(_ events: [Int], _ bookmarks: Bookmarks?) async throws -> HandledEvents {
            calls.withLock { $0.append(events) }
            let isAway = away.withLock { tries in
                tries -= 1
                return tries >= 0
            }
            if isAway { throw Away() }
            if !bad.isDisjoint(with: events) { throw Bad() }
            return HandledEvents(
                refused: events.enumerated().filter { impossible.contains($1) }.map {
                    RefusedEvent(index: $0.offset, reason: "it can't be")
                })
        }

        func isDatabaseAway(_ error: any Error) -> Bool { error is Away }
    }

    private func events(_ count: Int, key: [UInt8]? = nil) -> [(record: StoredRecord, event: Int)] {
        (0..<count).map {
            (
                StoredRecord(
                    position: LogPosition(topic: "orders", partition: 0, offset: Int64($0)), key: key, headers: [],
                    value: nil, timestamp: 0), $0
            )
        }
    }

    private func failed(
        _ handler: Handler, _ count: Int, key: [UInt8]? = nil, _ troubles: HandlingTroubles = HandlingTroubles(.silent)
    ) async -> [DeadLetter]? {
        let tries = Tries(handler: handler, troubles: troubles, isStopping: { false })
        return switch await tries.handle(events(count, key: key)) {
        case .done(let failed, _, _): failed
        case .stopped, .away: nil
        }
    }

    @Test func aGoodBatchIsOneTransaction() async {
        let handler = Handler()
        #expect(await failed(handler, 5)?.isEmpty == true)
        #expect(handler.calls.withLock { $0 } == [[0, 1, 2, 3, 4]])
    }

    @Test func aBadEventFailsAloneAfterFiveTries() async {
        let handler = Handler(bad: [1])
        let failed = await failed(handler, 3)
        #expect(failed?.map(\.record.position.offset) == [1])
        #expect(failed?.first?.attempts == 5)
        #expect(handler.calls.withLock { $0 } == [[0, 1, 2], [0], [1], [2], [1], [1], [1], [1]])
    }

    @Test func whatIsRefusedFailsAtOnceAndHoldsNobodyUp() async {
        let handler = Handler(impossible: [1])
        let refused = await failed(handler, 3)
        #expect(refused?.map(\.record.position.offset) == [1])
        #expect(refused?.first?.attempts == 1 && refused?.first?.error == "it can't be")
        #expect(handler.calls.withLock { $0 } == [[0, 1, 2]])

        let among = Handler(bad: [0], impossible: [1])
        #expect(await failed(among, 2)?.map(\.record.position.offset) == [1, 0])
        #expect(among.calls.withLock { $0 } == [[0, 1], [0], [1], [0], [0], [0], [0]])
    }

    /// The events of one key keep their order: the next has its turn when the one before is given up.
    @Test func aBadEventHoldsItsKeyBack() async {
        let handler = Handler(bad: [0])
        #expect(await failed(handler, 2, key: [1])?.map(\.record.position.offset) == [0])
        #expect(handler.calls.withLock { $0 } == [[0, 1], [0], [0], [0], [0], [0], [1]])
    }

    /// A hundred bad events wait together, not one after the other.
    @Test func manyBadEventsAreTriedInRounds() async {
        let handler = Handler(bad: Set(0..<100))
        #expect(await failed(handler, 101)?.count == 100)
        // The batch, each on its own, and four more rounds of the bad.
        let calls = handler.calls.withLock { $0.count }
        #expect(calls == 502)
    }

    @Test func aDatabaseThatIsAwayIsWaitedFor() async {
        let handler = Handler(awayFor: 7)
        #expect(await failed(handler, 2)?.isEmpty == true)
        #expect(handler.calls.withLock { $0.count } == 8)
    }

    /// A database that comes and goes, and events that fail in each batch.
    @Test func whatFailsInEachBatchIsToldOnce() async throws {
        let log = try LogFile()
        let troubles = HandlingTroubles(log.logger())
        for _ in 0..<3 {
            _ = await failed(Handler(bad: [0], awayFor: 1), 1, key: nil, troubles)
        }
        let lines = try log.lines()
        #expect(lines.count { $0.contains("the database is away") } == 1, "\(lines)")
        #expect(lines.count { $0.contains("a batch of events failed") } == 1, "\(lines)")
    }

    @Test func stoppingEndsTheWait() async {
        let handler = Handler(awayFor: .max)
        let tries = Tries(handler: handler, troubles: HandlingTroubles(.silent), isStopping: { true })
        let outcome = await tries.handle(events(1))
        guard case .stopped = outcome else {
            Issue.record("it went on")
            return
        }
    }
}

@Suite struct SQLiteInboxTests {
    @Test func anEventEntersOnce() async throws {
        try await withDatabase([SQLiteMigration(version: 1, name: "inbox", sql: SQLiteInbox.schema)]) { database in
            let ids = (0..<100).map { _ in Identifier.time() }
            let first = try await database.write { try SQLiteInbox.enter(Array(ids[..<60]) + ids[..<10], in: $0) }
            #expect(first == Set(ids[..<60]))
            let second = try await database.write { try SQLiteInbox.enter(ids, in: $0) }
            #expect(second == Set(ids[60...]))
            let page = try await database.read { try SQLiteInbox.events(after: ids[9], limit: 10, in: $0) }
            #expect(page == Array(ids.sorted().drop { $0 <= ids[9] }.prefix(10)))
            let entered = try await database.read { try SQLiteInbox.entered([ids[0], .time()], in: $0) }
            #expect(entered == [ids[0]])
        }
    }
}
