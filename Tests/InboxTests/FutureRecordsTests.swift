import Testing

@testable import Inbox

/// What records from the future say of this machine's clock.
@Suite struct FutureRecordsTests {
    private let now = ContinuousClock.now

    @Test func aClockThatLagsBehindIsSeenByTwoBatches() {
        var records = FutureRecords()
        records.note(milliseconds: 9_000, at: now)
        #expect(records.milliseconds(at: now) == 0)
        records.note(milliseconds: 8_000, at: now)
        #expect(records.milliseconds(at: now) == 8_000)
        records.note(milliseconds: -20, at: now)
        #expect(records.milliseconds(at: now) == 0)
    }

    @Test func oneThatSomebodyWroteWithAnotherTimeSaysNothing() {
        var records = FutureRecords()
        records.note(milliseconds: -5, at: now)
        records.note(milliseconds: 3_600_000, at: now)
        #expect(records.milliseconds(at: now) == 0)
        records.note(milliseconds: -5, at: now)
        #expect(records.milliseconds(at: now) == 0)
    }

    /// The clock may have been set right since.
    @Test func whereNobodyOrdersItIsForgotten() {
        var records = FutureRecords()
        for _ in 0..<2 { records.note(milliseconds: 9_000, at: now) }
        #expect(records.milliseconds(at: now + .seconds(300)) == 9_000)
        #expect(records.milliseconds(at: now + .seconds(3_600)) == 0)
    }
}
