import Causes
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
@testable import Tracing

@Suite(.timeLimit(.minutes(1))) struct OutboxRelayTests {
    private func withOutbox(
        _ log: ScriptedLog, _ metrics: Metrics = Metrics(), tracer: Tracer = .off,
        _ body: (SQLiteDatabase, SQLiteOutbox, OutboxRelay) async throws -> Void
    ) async throws {
        try await withDatabase(OutboxStoreTests.sqlite) { database in
            let outbox = SQLiteOutbox(database)
            let relay = OutboxRelay(
                store: outbox, lease: SoleLease(), log: log, tracer: tracer, metrics: metrics, logger: .silent)
            try await body(database, outbox, relay)
            await relay.stop()
        }
    }

    private func event(_ subject: ExactText, _ type: String = "t", cause: Cause = .unknown) -> OutboxEvent {
        OutboxEvent(
            topic: "orders",
            event: CloudEvent(
                id: .time(), type: type, source: "/test", time: .now(), subject: subject, cause: cause,
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

    @Test func whatIsSentIsASpanOfItsOwnTrace() async throws {
        let queue = SpanQueue(capacity: 100, batch: 100)
        let tracer = Tracer(service: "order", sampler: .parent(orElse: .never), queue: queue)
        try await withOutbox(ScriptedLog(), tracer: tracer) { database, outbox, relay in
            let contexts = (0..<3).map { number in
                var context = TraceContext.new()
                context.isSampled = number != 1
                return context
            }
            let events = contexts.enumerated().map { number, context in
                event("order-\(number)", cause: Cause(traceparent: context.traceparent, tracestate: "a=\(number)"))
            }
            try await commit(events, database)
            relay.start()
            try await untilEmpty(outbox)
            let spans = queue.take().map(\.span)
            #expect(spans.count == 3 && spans.allSatisfy { $0.name == "send" && $0.kind == .producer })
            #expect(spans.prefix(2).map(\.parent) == [contexts[0].spanID, contexts[2].spanID])
            #expect(spans.prefix(2).map(\.context.state) == ["a=0", "a=2"])
            #expect(spans.last?.links == spans.prefix(2).map(\.context))
            #expect(spans[0].attributes.contains { $0.name == "messaging.kafka.offset" })
        }
    }

    /// While the log is away an event is tried again and again, and its trace does not grow by that.
    @Test func whatWaitsForTheLogIsOneSpan() async throws {
        let queue = SpanQueue(capacity: 100, batch: 100)
        let tracer = Tracer(service: "order", sampler: .parent(orElse: .never), queue: queue)
        let log = ScriptedLog { _ in EventLogError(.unavailable, "Kafka is away") }
        try await withOutbox(log, tracer: tracer) { database, outbox, relay in
            var context = TraceContext.new()
            context.isSampled = true
            try await commit([event("a", cause: Cause(traceparent: context.traceparent))], database)
            relay.start()
            while log.batches.withLock({ $0.count }) < 3 { try await Task.sleep(for: .milliseconds(2)) }
            log.answers { _ in nil }
            try await untilEmpty(outbox)
            let tries = log.batches.withLock { $0.count }
            let spans = queue.take().map(\.span)
            #expect(spans.count == 1 && spans.first?.failure == nil)
            #expect(
                spans.first?.attributes.contains { $0.name == "orderlog.send.tries" && $0.value == .number(tries) }
                    == true)
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

    @Test func aRecordThatIsRefusedHoldsBackItsOwnKeyOnlyAndPassesOnceTheLogIsMended() async throws {
        let log = ScriptedLog { record in
            record.key == Array("bad".utf8) ? EventLogError(.refused, "too large") : nil
        }
        try await withOutbox(log) { database, outbox, relay in
            relay.start()
            try await commit([event("bad", "1"), event("good", "1"), event("bad", "2")], database)
            relay.wake()
            while try await outbox.waiting() > 2 { try await Task.sleep(for: .milliseconds(2)) }
            try await commit([event("good", "2"), event("bad", "3")], database)
            relay.wake()
            while log.appended.withLock({ $0.count }) < 2 { try await Task.sleep(for: .milliseconds(2)) }
            while try await outbox.waiting() > 3 { try await Task.sleep(for: .milliseconds(2)) }
            #expect(try await outbox.pending(limit: 10).isEmpty)
            while relay.status.backlog.behind < 2 { try await Task.sleep(for: .milliseconds(2)) }
            let complaint = try #require(relay.status.complaint)
            #expect(complaint.text.contains("refuses 1 event, 2 more wait behind it"))
            log.answers { _ in nil }
            // What another process says: it is not waited for longer than a second.
            #expect(try await outbox.retry(key: "bad") <= 1, "0: its own time had come meanwhile")
            try await untilEmpty(outbox)
            let types = log.appended.withLock {
                $0.filter { $0.key == Array("bad".utf8) }.map { $0.headers.text("ce_type") }
            }
            #expect(types == ["1", "2", "3"])
            while relay.status.complaint != nil { try await Task.sleep(for: .milliseconds(2)) }
        }
    }

    @Test func keysThatWaitDoNotFillThePageThatOthersLeaveBy() async throws {
        let log = ScriptedLog { record in
            record.key?.starts(with: "bad".utf8) ?? false ? EventLogError(.refused, "too large") : nil
        }
        try await withOutbox(log) { database, outbox, relay in
            try await commit((0..<2_000).map { event("bad-\($0 % 1_000)") }, database)
            try await commit((0..<20).map { event("good-\($0)") }, database)
            relay.start()
            while log.appended.withLock({ $0.count }) < 20 { try await Task.sleep(for: .milliseconds(2)) }
            let tries = log.batches.withLock { $0.reduce(0) { $0 + $1.count } }
            // Each was tried once, and a few of them again.
            #expect(tries < 1_400, "\(tries)")
            while relay.status.backlog
                != OutboxBacklog(refused: 1_000, behind: 1_000, since: relay.status.backlog.since)
            {
                try await Task.sleep(for: .milliseconds(2))
            }
            #expect(try await outbox.pending(limit: 500).isEmpty)
        }
    }

    @Test func aLogThatIsAwayRefusesNothing() async throws {
        let log = ScriptedLog { _ in EventLogError(.unavailable, "Kafka is away") }
        let metrics = Metrics()
        try await withOutbox(log, metrics) { database, outbox, relay in
            try await commit((0..<10).map { event("\($0)") }, database)
            relay.start()
            while log.batches.withLock({ $0.count }) < 3 { try await Task.sleep(for: .milliseconds(2)) }
            #expect(log.batches.withLock { $0.allSatisfy { $0.count == 10 } }, "all wait, and none alone")
            #expect(try await outbox.backlog() == OutboxBacklog())
            #expect(relay.status.complaint?.text == "the log takes no events")
            log.answers { _ in nil }
            try await untilEmpty(outbox)
            while relay.status.complaint != nil { try await Task.sleep(for: .milliseconds(2)) }
            #expect(metrics.render().contains("orderlog_outbox_published_total 10"))
            #expect(metrics.render().contains("orderlog_outbox_refused 0.0"))
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
