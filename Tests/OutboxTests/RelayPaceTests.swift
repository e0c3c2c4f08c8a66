import EventLog
import Headers
import Synchronization
import TestDatabase
import Testing

@testable import Outbox

/// What follows closely shares a request to the log; what comes alone does not wait.
@Suite(.timeLimit(.minutes(1))) struct RelayPaceTests {
    @Test func aFewRowsHoldBackTheNextPassAndManyDoNot() {
        let now = ContinuousClock.now
        var pace = RelayPace(.milliseconds(10))
        #expect(pace.wait(at: now) == nil)
        pace.sends(3, at: now)
        #expect(pace.wait(at: now + .milliseconds(4)) == .milliseconds(6))
        #expect(pace.wait(at: now + .milliseconds(10)) == nil)
        pace.sends(RelayPace.enough + 1, at: now)
        #expect(pace.wait(at: now) == nil)
    }

    /// Waits for ever where it waits at all: so no machine is too slow for it. Stopping ends the wait.
    @Test func theFirstEventGoesAtOnceAndLaterOnesGoTogether() async throws {
        try await RelayMarksTests.withRelay(patience: .seconds(3_600)) { outbox, _, log, relay in
            try await outbox.append([OutboxStoreTests.event("a", type: "1")])
            relay.wake()
            try await waitUntil("the first is on the log") { log.appended.withLock { $0.count } == 1 }
            for subject in ["b", "c", "d"] {
                try await outbox.append([OutboxStoreTests.event(subject, type: "1")])
                relay.wake()
            }
            await relay.stop()
            #expect(log.batches.withLock { $0.map(\.count) } == [1, 3])
        }
    }

    @Test func manyGoOnWithoutAWait() async throws {
        try await RelayMarksTests.withRelay(patience: .seconds(3_600)) { outbox, _, log, relay in
            try await outbox.append((0..<1_200).map { OutboxStoreTests.event("\($0)", type: "1") })
            relay.wake()
            try await waitUntil("all are on the log") { log.appended.withLock { $0.count } == 1_200 }
        }
    }
}
