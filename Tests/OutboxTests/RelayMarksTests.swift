import EventLog
import Headers
import SQLite
import Synchronization
import Telemetry
import TestDatabase
import Testing

@testable import Outbox

/// What the relay asks and commits for a lone event.
@Suite(.timeLimit(.minutes(1))) struct RelayMarksTests {
    static func withRelay(
        patience: Duration = RelayPace.patience,
        _ body: (OutboxStoreTests.Outbox, WatchedStore, ScriptedLog, OutboxRelay) async throws -> Void
    ) async throws {
        try await withDatabase(OutboxStoreTests.sqlite) { database in
            let outbox = OutboxStoreTests.Outbox(database)
            let (store, log) = (WatchedStore(outbox.store), ScriptedLog { _ in nil })
            let relay = OutboxRelay(
                store: store, lease: SoleLease(), log: log, metrics: Metrics(), logger: .silent, patience: patience)
            relay.start()
            do {
                try await body(outbox, store, log, relay)
            } catch {
                await relay.stop()
                throw error
            }
            await relay.stop()
        }
    }

    private func untilMarked(_ outbox: OutboxStoreTests.Outbox) async throws {
        try await waitUntil("all are marked") {
            try await outbox.store.entries(after: 0, limit: 1_000).allSatisfy(\.isPublished)
        }
    }

    /// It is known to be on the log, whether that could be noted or not.
    @Test func whatCouldNotBeMarkedIsNotPublishedAgain() async throws {
        try await Self.withRelay { outbox, store, log, relay in
            store.fail(marks: true)
            try await outbox.append([OutboxStoreTests.event("a", type: "1")])
            relay.wake()
            try await waitUntil("it was marked in vain") { store.failedMarks >= 2 }
            store.fail(marks: false)
            try await outbox.append([OutboxStoreTests.event("a", type: "2")])
            relay.wake()
            try await untilMarked(outbox)
            #expect(log.appended.withLock { $0.map { $0.headers.text("ce_type") } } == ["1", "2"])
        }
    }

    /// So many that they have a commit of their own.
    @Test func manyThatCouldNotBeMarkedAreNotPublishedAgain() async throws {
        try await Self.withRelay { outbox, store, log, relay in
            store.fail(marks: true)
            try await outbox.append((0...UnmarkedRows.few).map { OutboxStoreTests.event("a\($0)", type: "1") })
            relay.wake()
            try await waitUntil("they were marked in vain") { store.failedMarks >= 4 }
            store.fail(marks: false)
            try await untilMarked(outbox)
            #expect(log.appended.withLock { $0.count } == UnmarkedRows.few + 1)
        }
    }

    @Test func whatWasRefusedAndCouldNotBeMarkedLaterIsNotPublishedAgain() async throws {
        try await Self.withRelay { outbox, store, log, relay in
            log.answers { _ in EventLogError(.refused, "too large") }
            try await outbox.append([OutboxStoreTests.event("a", type: "1")])
            relay.wake()
            try await waitUntil("it is refused") { relay.status.backlog.refused == 1 }
            store.fail(marks: true)
            log.answers { _ in nil }
            try await waitUntil("it was marked in vain") { store.failedMarks >= 3 }
            store.fail(marks: false)
            try await untilMarked(outbox)
            #expect(log.appended.withLock { $0.count } == 1)
        }
    }

    /// A pass that published all that there was is not followed by one that finds nothing. (What was aside is freed at the
    /// start, and looked for once more.)
    @Test func aLoneEventIsLookedForOnce() async throws {
        try await Self.withRelay { outbox, store, _, relay in
            var looks: [Int] = []
            for number in 0..<20 where looks.last != 1 {
                let before = store.looks
                try await outbox.append([OutboxStoreTests.event("a", type: "\(number)")])
                relay.wake()
                try await untilMarked(outbox)
                looks.append(store.looks - before)
            }
            #expect(looks.last == 1, "\(looks)")
        }
    }

    @Test func afterAWhileOrWhenTheyAreManyRowsAreMarked() {
        let now = ContinuousClock.now
        var unmarked = UnmarkedRows()
        #expect(unmarked.wait(at: now) == nil)
        unmarked.add([7], at: now)
        unmarked.add([8], at: now + .milliseconds(4))
        #expect(unmarked.wait(at: now + .milliseconds(4)) == .milliseconds(6))
        #expect(unmarked.wait(at: now + .seconds(1)) == .zero)
        unmarked.add(Array(9..<300), at: now + .milliseconds(5))
        #expect(unmarked.wait(at: now + .milliseconds(5)) == .zero)
        unmarked.removeAll()
        #expect(unmarked.wait(at: now + .seconds(1)) == nil)
    }
}
