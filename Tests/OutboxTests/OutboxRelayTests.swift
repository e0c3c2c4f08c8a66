import EventLog
import ExactText
import Headers
import Identifiers
import SQLite
import Synchronization
import Telemetry
import TestDatabase
import Testing
import Timestamps

@testable import Outbox

@Suite(.timeLimit(.minutes(1))) struct OutboxRelayTests {
    private func withOutbox(
        _ log: ScriptedLog, _ body: (SQLiteDatabase, SQLiteOutbox, OutboxRelay) async throws -> Void
    ) async throws {
        let migration = SQLiteMigration(version: 1, name: "outbox", sql: SQLiteOutbox.schema)
        try await withDatabase([migration]) { database in
            let outbox = SQLiteOutbox(database)
            let relay = OutboxRelay(store: outbox, lease: SoleLease(), log: log, logger: .silent)
            try await body(database, outbox, relay)
            await relay.stop()
        }
    }

    private func event(_ subject: ExactText, _ type: String = "t") -> OutboxEvent {
        OutboxEvent(
            topic: "orders",
            event: CloudEvent(
                id: .time(), type: type, source: "/test", time: .now(), subject: subject, traceparent: nil,
                data: Array("{}".utf8)))
    }

    private func commit(_ events: [OutboxEvent], _ database: SQLiteDatabase) async throws {
        try await database.write { try SQLiteOutbox.append(events, in: $0) }
    }

    private func untilEmpty(_ outbox: SQLiteOutbox) async throws {
        while try await outbox.waiting() > 0 { try await Task.sleep(for: .milliseconds(2)) }
    }

    @Test func publishesWhatIsCommittedInTheOrderOfEachKey() async throws {
        let log = ScriptedLog()
        try await withOutbox(log) { database, outbox, relay in
            relay.start()
            let events = (0..<1_200).map { event("order-\($0 % 400)", "\($0 / 400)") }
            for start in stride(from: 0, to: events.count, by: 300) {
                try await commit(Array(events[start..<start + 300]), database)
                relay.wake()
            }
            try await untilEmpty(outbox)
            let records = log.appended.withLock { $0 }
            #expect(records.count == 1_200)
            for key in Set(records.map(\.key)) {
                let types = records.filter { $0.key == key }.compactMap {
                    $0.headers.first { $0.name == "ce_type" }?.value
                }
                #expect(types == ["0", "1", "2"].map { Array($0.utf8) })
            }
        }
    }

    @Test func aRollbackPublishesNothing() async throws {
        struct Changed: Error {}
        let log = ScriptedLog()
        try await withOutbox(log) { database, outbox, relay in
            relay.start()
            let lost = event("lost")
            await #expect(throws: Changed.self) {
                try await database.write { connection in
                    try SQLiteOutbox.append([lost], in: connection)
                    throw Changed()
                }
            }
            try await commit([event("kept")], database)
            relay.wake()
            try await untilEmpty(outbox)
            #expect(log.appended.withLock { $0.map(\.key) } == [Array("kept".utf8)])
        }
    }

    @Test func whatWaitsIsPublishedWhenTheLogIsBackAndNoSecondEventOvertakesTheFirst() async throws {
        let log = ScriptedLog { _ in EventLogError(.unavailable, "Kafka is away") }
        try await withOutbox(log) { database, outbox, relay in
            relay.start()
            try await commit([event("a", "1"), event("b", "1"), event("a", "2")], database)
            relay.wake()
            while log.batches.withLock({ $0.count }) < 3 { try await Task.sleep(for: .milliseconds(2)) }
            #expect(try await outbox.waiting() == 3)
            for batch in log.batches.withLock({ $0 }) {
                #expect(batch.count == 2, "a key's second event waits until its first is there")
            }
            log.answers { _ in nil }
            try await untilEmpty(outbox)
            let keys = log.appended.withLock { $0.compactMap { $0.key.map { String(decoding: $0, as: UTF8.self) } } }
            #expect(keys.sorted() == ["a", "a", "b"])
        }
    }

    @Test func aRecordThatIsRefusedHoldsBackItsOwnKeyOnly() async throws {
        let log = ScriptedLog { record in
            record.key == Array("bad".utf8) ? EventLogError(.refused, "too large") : nil
        }
        try await withOutbox(log) { database, outbox, relay in
            relay.start()
            try await commit([event("bad", "1"), event("good", "1"), event("bad", "2")], database)
            relay.wake()
            while try await outbox.waiting() > 2 { try await Task.sleep(for: .milliseconds(2)) }
            try await commit([event("good", "2")], database)
            relay.wake()
            while log.appended.withLock({ $0.count }) < 2 { try await Task.sleep(for: .milliseconds(2)) }
            while try await outbox.waiting() > 2 { try await Task.sleep(for: .milliseconds(2)) }
            #expect(try await outbox.pending(limit: 10).isEmpty)
        }
    }

    @Test func publishedRowsStayAWhile() async throws {
        let log = ScriptedLog()
        try await withOutbox(log) { database, outbox, relay in
            relay.start()
            try await commit((0..<5).map { event("\($0)") }, database)
            relay.wake()
            try await untilEmpty(outbox)
            #expect(try await outbox.removePublished(olderThan: 600, limit: 100) == 0)
            #expect(try await outbox.removePublished(olderThan: -1, limit: 3) == 3)
            #expect(try await outbox.removePublished(olderThan: -1, limit: 100) == 2)
        }
    }
}

extension SQLiteOutbox {
    /// How many rows are not published, refused ones included.
    fileprivate func waiting() async throws -> Int {
        try await entries(after: 0, limit: 100_000).count { !$0.isPublished }
    }
}
