import EventLog
import Headers
import Synchronization
import Telemetry
import TestLog
import Testing

@testable import Inbox
@testable import Tracing

/// A group on a real log, with a handler that can't read what begins with "bad".
@Suite(.timeLimit(.minutes(1))) struct InboxConsumerTests {
    final class Handler: EventHandler {
        let handled = Mutex<Set<String>>([])

        func read(_ record: StoredRecord, _ knowledge: InboxKnowledge) throws(UnreadableEvent) -> String? {
            let text = String(decoding: (record.value ?? []).prefix(20), as: UTF8.self)
            if text.hasPrefix("bad") { throw UnreadableEvent("it is bad") }
            if text.hasPrefix("foreign") { throw UnreadableEvent(foreignType: text) }
            return text
        }

        func handle(_ events: [String], _ bookmarks: Bookmarks?) async throws -> HandledEvents {
            let refused = events.enumerated().filter { $1.hasPrefix("impossible") }.map {
                RefusedEvent(index: $0.offset, reason: "it can't be")
            }
            handled.withLock { $0.formUnion(events.filter { !$0.hasPrefix("impossible") }) }
            return HandledEvents(refused: refused, repeats: events.count { $0.hasPrefix("repeat") })
        }

        func isDatabaseAway(_ error: any Error) -> Bool { false }
    }

    static let letters = TopicDeclaration(name: "orders.g.dlq", partitions: 1, retention: nil)

    private func consumer(
        _ log: FaultyLog, _ handler: Handler, _ metrics: Metrics = Metrics(), tracer: Tracer = .off
    ) -> InboxConsumer<Handler> {
        InboxConsumer(
            group: "g", topics: ["orders"], log: log, handler: handler, memory: NoGroupMemory(),
            deadLetterTopic: { _ in Self.letters },
            tracer: tracer, metrics: metrics, logger: .silent)
    }

    private func append(_ values: [[UInt8]], partition: Int32 = 0, to log: FaultyLog) async throws {
        for result in await log.append(
            values.map {
                LogRecord(
                    topic: "orders", partition: partition, key: [1], headers: [RecordHeader("ce_id", "x")], value: $0)
            })
        {
            _ = try result.get()
        }
    }

    private func text(_ text: String) -> [UInt8] { Array(text.utf8) }

    private func withGroup(
        _ body: (FaultyLog, Handler, InboxConsumer<Handler>, Metrics) async throws -> Void
    ) async throws {
        try await withLog { log in
            try await log.create([TopicDeclaration(name: "orders", partitions: 2, retention: nil), Self.letters])
            let (handler, metrics) = (Handler(), Metrics())
            let consumer = consumer(log, handler, metrics)
            do {
                try await body(log, handler, consumer, metrics)
            } catch {
                await consumer.stop()
                throw error
            }
            await consumer.stop()
        }
    }

    private func letters(_ count: Int, on log: FaultyLog) async throws -> [StoredRecord] {
        try await eventually("\(count) dead letters") {
            ((try? await log.ranges(topic: Self.letters.name))?.first?.end ?? 0) >= count
        }
        var records: [StoredRecord] = []
        while records.count < count {
            records += try await log.read(
                topic: Self.letters.name, partition: 0, from: Int64(records.count), limit: count)
        }
        return records
    }

    @Test func whatIsReadIsASpanOfItsOwnTrace() async throws {
        let queue = SpanQueue(capacity: 100, batch: 100)
        try await withLog { log in
            try await log.create([TopicDeclaration(name: "orders", partitions: 1, retention: nil), Self.letters])
            let recorded = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
            let records = ["good", "bad"].map { value in
                LogRecord(
                    topic: "orders", key: [1],
                    headers: [RecordHeader("traceparent", recorded), RecordHeader("tracestate", "a=1")],
                    value: text(value))
            }
            for result in await log.append(records) { _ = try result.get() }
            let tracer = Tracer(service: "order", sampler: .parent(orElse: .never), queue: queue)
            let consumer = consumer(log, Handler(), tracer: tracer)
            consumer.start()
            _ = try await letters(1, on: log)
            await consumer.stop()
        }
        let spans = queue.take().map(\.span).filter { $0.parent != nil }
        #expect(spans.count == 2 && spans.allSatisfy { $0.name == "process" && $0.kind == .consumer })
        #expect(spans.allSatisfy { $0.parent == "00f067aa0ba902b7" && $0.context.state == "a=1" })
        #expect(spans.map(\.failure) == [nil, "it is bad"])
    }

    /// A record as large as the topic takes goes whole, and the next ones are handled.
    @Test func aLetterAtTheLimitFits() async throws {
        try await withGroup { log, handler, consumer, _ in
            // The headers take 15 bytes, the key 1.
            let largest = text("bad") + [UInt8](repeating: 0, count: (4 << 20) - 3 - 15 - 1)
            try await append([largest, text("good")], to: log)
            consumer.start()
            let letter = try await letters(1, on: log)[0]
            #expect(letter.value == largest && Redrive.cut(letter) == nil)
            try await eventually("the next event") { handler.handled.withLock { $0 == ["good"] } }
            let back = try #require(Redrive.record(of: letter))
            #expect(await log.append([back]).allSatisfy { if case .success = $0 { true } else { false } })
        }
    }

    /// Whatever limit the topic has: what does not fit is cut, and the original is found and known again.
    @Test(arguments: [3_000, 60_000, 1 << 20]) func aLetterAboveTheLimitIsCut(_ limit: Int) async throws {
        try await withGroup { log, handler, consumer, _ in
            log.fails {
                $0.topic == Self.letters.name && $0.size > limit ? EventLogError(.refused, "too large") : nil
            }
            let large = text("bad") + (0..<2_000_000).map { UInt8(truncatingIfNeeded: $0) }
            try await append([text("bad small"), large, text("good")], to: log)
            consumer.start()
            let letters = try await letters(2, on: log)
            #expect(letters[0].value == text("bad small") && Redrive.cut(letters[0]) == nil)
            let cut = try #require(Redrive.cut(letters[1]))
            #expect(cut.original == LogPosition(topic: "orders", partition: 0, offset: 1))
            #expect(cut.missing.contains("of the value's 2000003 bytes are here"))
            #expect(letters[1].header("dlq.offset") == "1" && letters[1].header("ce_id") == "x")
            #expect(large.starts(with: letters[1].value ?? [9]))
            try await eventually("the next event") { handler.handled.withLock { $0 == ["good"] } }

            let original = try await log.read(topic: "orders", partition: 0, from: 1, limit: 1).first
            #expect(Redrive.difference(original, fromOriginalOf: letters[1]) == nil)
            let back = try #require(Redrive.record(of: letters[1], original: original))
            #expect(back.value == large && back.key == [1] && back.headers.text("dlq.cut") == nil)
            let other = try await log.read(topic: "orders", partition: 0, from: 2, limit: 1).first
            #expect(Redrive.difference(other, fromOriginalOf: letters[1]) == "no record stands there")
            var changed = try #require(original)
            changed.value = [1]
            #expect(Redrive.difference(changed, fromOriginalOf: letters[1])?.contains("SHA-256 differs") == true)
            changed.headers = []
            #expect(Redrive.difference(changed, fromOriginalOf: letters[1])?.contains("ce_id") == true)
        }
    }

    /// What is none of ours is counted and left; what can't be goes to the dead letters, with the reason; the rest is handled.
    @Test func foreignEventsAreSkippedAndImpossibleOnesPutAside() async throws {
        try await withGroup { log, handler, consumer, metrics in
            try await append(["foreign 1", "repeated", "impossible", "foreign 2", "better"].map(text), to: log)
            consumer.start()
            let letter = try await letters(1, on: log)[0]
            #expect(letter.value == text("impossible") && letter.header("dlq.error") == "it can't be")
            #expect(letter.header("dlq.attempts") == "1")
            try await eventually("all are read") {
                try await log.committedOffsets(group: "g").contains { $0.partition == 0 && $0.offset == 5 }
            }
            #expect(handler.handled.withLock { $0 } == ["repeated", "better"])
            let told = metrics.render()
            #expect(told.contains(#"orderlog_events_skipped_total{group="g"} 2"#))
            #expect(told.contains(#"orderlog_inbox_repeats_total{group="g"} 1"#))
            #expect(try await log.ranges(topic: Self.letters.name).first?.end == 1)
        }
    }

    @Test func aMissingTopicIsCreatedAgain() async throws {
        try await withLog { log in
            try await log.create([TopicDeclaration(name: "orders", partitions: 1, retention: nil)])
            let handler = Handler()
            let consumer = consumer(log, handler)
            try await append([text("bad"), text("good")], to: log)
            consumer.start()
            #expect(try await letters(1, on: log)[0].value == text("bad"))
            try await eventually("the next event") { handler.handled.withLock { $0 == ["good"] } }
            await consumer.stop()
        }
    }

    /// Its own partition waits, says since when, and goes on by itself; the other one does not notice.
    @Test func aLetterThatCantBeWrittenHoldsUpItsPartitionAlone() async throws {
        try await withGroup { log, handler, consumer, metrics in
            let isRefusing = Mutex(true)
            log.fails { record in
                record.topic == Self.letters.name && isRefusing.withLock { $0 }
                    ? EventLogError(.unavailable, "the disk is full") : nil
            }
            try await append([text("one"), text("bad"), text("two")], to: log)
            consumer.start()
            try await eventually("blocked") { consumer.health.complaint != nil }
            let complaint = try #require(consumer.health.complaint)
            #expect(complaint.text == "orders/0: blocked: a dead letter can't be written: the disk is full")
            try await append([text("three")], to: log)
            for number in 0..<20 { try await append([text("other \(number)")], partition: 1, to: log) }
            try await eventually("the other partition") { handler.handled.withLock { $0.contains("other 19") } }
            #expect(
                metrics.render().contains(#"orderlog_group_blocked_seconds{group="g",topic="orders",partition="0"}"#))
            #expect(!handler.handled.withLock { $0.contains("three") })
            try await eventually("the other partition's offset") {
                try await log.committedOffsets(group: "g").contains { $0.partition == 1 && $0.offset == 20 }
            }
            #expect(
                try await log.committedOffsets(group: "g").first { $0.partition == 0 }.map { $0.offset <= 1 } ?? true)

            isRefusing.withLock { $0 = false }
            try await eventually("it goes on") { handler.handled.withLock { $0.contains("three") } }
            #expect(consumer.health.complaint == nil)
            #expect(!metrics.render().contains("partition=\"0\""))
            try await eventually("its offset") {
                try await log.committedOffsets(group: "g").contains { $0.partition == 0 && $0.offset == 4 }
            }
            #expect(try await letters(1, on: log).count == 1)
        }
    }

    /// Its record is another member's now, who writes a letter of his own.
    @Test func aMemberThatIsLeftWithoutPartitionsKeepsNoLetter() async throws {
        try await withGroup { log, _, consumer, metrics in
            let tries = Mutex(0)
            log.fails { record in
                guard record.topic == Self.letters.name else { return nil }
                tries.withLock { $0 += 1 }
                return EventLogError(.unavailable, "away")
            }
            try await append([text("bad")], to: log)
            consumer.start()
            try await eventually("blocked") { consumer.health.complaint != nil }
            let starts = try #require(log.starts)
            #expect(await starts([]) == [])
            #expect(consumer.health.complaint == nil, "it is nothing of this member's")
            #expect(!metrics.render().contains("partition=\"0\""))
            let before = tries.withLock { $0 }
            log.fails { _ in nil }
            await consumer.stop()
            #expect(tries.withLock { $0 } == before)
            #expect(try await log.ranges(topic: Self.letters.name).first?.end == 0, "nobody has written it")
        }
    }

    /// Stopped meanwhile, nothing is lost: the letter's record comes again.
    @Test func aWaitingLetterIsWrittenAfterARestart() async throws {
        try await withGroup { log, _, first, _ in
            log.fails { $0.topic == Self.letters.name ? EventLogError(.unavailable, "away") : nil }
            try await append([text("bad"), text("good")], to: log)
            first.start()
            try await eventually("blocked") { first.health.complaint != nil }
            await first.stop()
            log.fails { _ in nil }
            let handler = Handler()
            let second = consumer(log, handler)
            second.start()
            #expect(try await letters(1, on: log)[0].value == text("bad"))
            await second.stop()
        }
    }
}
