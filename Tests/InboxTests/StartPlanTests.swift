import EventLog
import Headers
import Testing

@testable import Inbox

/// Where a group goes on, case by case. The group has read up to offset 19 here, and 20 is committed, unless said otherwise.
@Suite struct StartPlanTests {
    private static let now: Int64 = 1_800_000_000_000
    private let partition = LogPartition(topic: "orders", partition: 3)

    private func record(_ offset: Int64, _ text: String = "a") -> StoredRecord {
        StoredRecord(
            position: LogPosition(topic: "orders", partition: 3, offset: offset), key: nil,
            headers: [RecordHeader("ce_id", "id \(text)")], value: Array(text.utf8), timestamp: 0)
    }

    private var known: RememberedPartition { RememberedPartition(bookmark: Bookmark(record(19))) }

    private func plan(
        _ known: RememberedPartition?, isInboxEmpty: Bool = false, isGroupNew: Bool = false, committed: Int64? = 20,
        _ range: Range<Int64> = 0..<30,
        found: StoredRecord? = nil
    ) -> StartPlan {
        StartPlan(
            partition, known, isInboxEmpty: isInboxEmpty, isGroupNew: isGroupNew, committed: committed,
            range: PartitionRange(partition: 3, earliest: range.lowerBound, end: range.upperBound), found: found,
            now: Self.now)
    }

    private func isOtherLog(_ plan: StartPlan) -> Bool {
        if case .otherLog = plan.finding { plan.mustCommit && plan.remembered.bookmark == nil } else { false }
    }

    @Test func goesOnWhereItWas() {
        let plan = plan(known, found: record(19))
        #expect(plan.start == 20 && !plan.mustCommit && plan.finding == nil && plan.remembered == known)
    }

    /// Rewound, or killed before the commit.
    @Test func goesBackWhereTheLogSaysSo() {
        let plan = plan(known, committed: 4, found: record(19))
        #expect(plan.start == 4 && plan.finding == nil && plan.remembered == known)
    }

    /// Its bytes are others since, and it is the record that was read: nothing is read again.
    @Test func aRecordOutOfWhichACustomerWasErasedIsTheOneThatWasRead() {
        func erased(_ text: String) -> StoredRecord {
            var record = record(19, text)
            record.headers.append(RecordHeader(StoredRecord.erasedHeader, "2026-01-31T09:30:00.000Z"))
            record.value = Array("nobody".utf8)
            return record
        }
        let plan = plan(known, found: erased("a"))
        #expect(plan.start == 20 && plan.finding == nil && plan.remembered == known)
        #expect(isOtherLog(self.plan(known, found: erased("b"))), "another event")
    }

    @Test func aTopicMadeAnewIsReadFromItsBeginning() {
        let plan = plan(known, found: record(19, "b"))
        #expect(plan.start == 0 && isOtherLog(plan))
        #expect(plan.finding?.text.contains("orders/3:19 (ce_id id a): another stands there") == true)
        #expect(plan.remembered.horizon == Horizon(), "its events are new: they are told")
    }

    @Test(arguments: [0, 1, 19] as [Int64]) func aLogThatWasCutIsReadFromItsBeginning(_ end: Int64) {
        let plan = plan(known, 0..<end)
        #expect(plan.start == 0 && isOtherLog(plan) && plan.remembered.voidOffset == 20)
        #expect(plan.finding?.text.contains("it ends at \(end)") == true)
    }

    /// The old offset still stands, for the process was killed before the new one was committed: it means nothing, and what
    /// was read since hides nothing.
    @Test func theOffsetOfTheOldLogMeansNothing() {
        var remembered = plan(known, 0..<5).remembered
        var next = plan(remembered, 0..<5)
        #expect(next.start == 0 && next.mustCommit && next.finding == nil)
        remembered.bookmark = Bookmark(record(2))
        next = plan(remembered, 0..<25, found: record(2))
        #expect(next.start == 3 && next.mustCommit && next.finding == nil && next.remembered == remembered)
        // It stood there for long enough to be right.
        remembered.bookmark = Bookmark(record(24))
        #expect(plan(remembered, 0..<25, found: record(24)).start == 20)
    }

    @Test func whatRetentionTookIsNoOtherLog() {
        let plan = plan(known, 25..<30)
        #expect(plan.start == 25 && !plan.mustCommit && plan.remembered == known)
        guard case .dropped(let text) = plan.finding else {
            Issue.record("what it never reads is not told")
            return
        }
        #expect(text.hasPrefix("the log begins at 25, and the group had read up to 20"))
        #expect(self.plan(nil, committed: 20, 25..<30).finding != nil, "by its offset alone")
        #expect(self.plan(known, committed: 4, 5..<30, found: record(19)).finding == nil, "it had read that before")
        #expect(self.plan(nil, isInboxEmpty: true, committed: nil, 25..<30).finding == nil, "it had read nothing")
        let all = self.plan(known, 20..<20)
        #expect(all.start == 20 && all.finding == nil)
    }

    /// Nothing is remembered: an earlier version of the program read up to there, or a database that is gone.
    @Test func withoutMemoryTheOffsetCounts() {
        let plan = plan(nil)
        #expect(plan.start == 20 && plan.finding == nil && !plan.mustCommit)
        #expect(plan.remembered == RememberedPartition(horizon: Horizon(offset: 20)))
        let fresh = self.plan(nil, isInboxEmpty: true)
        #expect(fresh.start == 20 && fresh.remembered.horizon.offset == 20)
    }

    @Test func anOffsetBeyondTheEndIsEnough() {
        let plan = plan(nil, 0..<12)
        #expect(plan.start == 0 && isOtherLog(plan) && plan.remembered.horizon == Horizon())
        #expect(plan.finding?.text == "the log ends at 12, and the group had read up to 20")
        // An empty inbox on a group that has read: what happened before now may have been told.
        let fresh = self.plan(nil, isInboxEmpty: true, 0..<12)
        #expect(fresh.start == 0 && fresh.remembered.horizon == Horizon(offset: 0, time: Self.now))
    }

    /// Nobody has read up to there: it hides nothing, also when the log grows to it before another offset is committed.
    @Test func anOffsetBeyondTheEndOfAKnownLogMeansNothing() {
        let plan = plan(known, committed: 35, found: record(19))
        #expect(plan.start == 20 && plan.mustCommit && plan.remembered.horizon == Horizon())
        guard case .offsetBeyondEnd = plan.finding else {
            Issue.record("it is not told")
            return
        }
        let later = self.plan(plan.remembered, committed: 35, 0..<47, found: record(19))
        #expect(later.start == 20 && later.mustCommit && later.remembered == plan.remembered)
    }

    /// The first start tells everything, but for what is older than Kafka's own memory of a group.
    @Test func theFirstStartBeginsAtTheBeginning() {
        let plan = plan(nil, isInboxEmpty: true, committed: nil)
        #expect(plan.start == 0 && plan.finding == nil && !plan.mustCommit)
        #expect(plan.remembered.horizon == Horizon(offset: 0, time: Self.now - 7 * 86_400_000))
        #expect(self.plan(nil, committed: nil).remembered.horizon == Horizon(), "a partition that was added")
        let restored = self.plan(nil, isGroupNew: true, committed: nil)
        #expect(restored.remembered.horizon == Horizon(offset: 0, time: Self.now), "a database from elsewhere")
        let down = self.plan(known, committed: nil, found: record(19))
        #expect(down.start == 0 && down.finding == nil && down.remembered == known, "a service that was down for weeks")
    }

    /// A database that was restored: what lies between is read again and noted.
    @Test func anOlderDatabaseReadsAgainWhatItLacks() {
        let plan = plan(RememberedPartition(bookmark: Bookmark(record(9))), found: record(9))
        #expect(plan.start == 10 && plan.mustCommit && plan.remembered.horizon.offset == 20)
        guard case .olderDatabase = plan.finding else {
            Issue.record("it is not told")
            return
        }
        // Killed before that was committed.
        let again = self.plan(plan.remembered, found: record(9))
        #expect(again.start == 10 && again.mustCommit && again.finding == nil)
        #expect(again.remembered.horizon.offset == 20)
        // And the log made anew as well.
        let both = self.plan(RememberedPartition(bookmark: Bookmark(record(9))), 0..<5)
        #expect(both.start == 0 && isOtherLog(both))
        // Restored to before the first event.
        let empty = self.plan(RememberedPartition(horizon: Horizon(offset: 0, time: 5)))
        #expect(empty.start == 0 && empty.remembered.horizon == Horizon(offset: 20, time: 5))
    }

    @Test func theHorizonHidesWhatIsOnItsFarSide() {
        func event(_ time: String, at offset: Int64) -> StoredRecord {
            var record = record(offset)
            record.headers = [RecordHeader("ce_time", time)]
            return record
        }
        let horizon = Horizon(offset: 20, time: 1_000)
        #expect(horizon.hides(event("1971-01-01T00:00:00Z", at: 19)))
        #expect(!horizon.hides(event("1971-01-01T00:00:00Z", at: 20)))
        #expect(horizon.hides(event("1970-01-01T00:00:00.999Z", at: 20)))
        #expect(!horizon.hides(event("1970-01-01T00:00:01Z", at: 20)) && !horizon.hides(record(20)))
        var untimed = record(20)
        untimed.timestamp = 999
        #expect(horizon.hides(untimed), "without ce_time it is the record's")
        #expect(!Horizon().hides(event("1960-01-01T00:00:00Z", at: 0)))
    }

    /// Whoever writes to the topic writes what he likes into it.
    @Test func aBookmarkTakesAnyRecord() {
        var record = record(1)
        for id in ["a\0b", String(repeating: "x", count: 1_000)] {
            record.headers = [RecordHeader("ce_id", id)]
            #expect(Bookmark(record).eventID == nil)
        }
        record.headers = [RecordHeader("a", nil)]
        let null = RecordFingerprint.of(record)
        record.headers = [RecordHeader("a", [])]
        #expect(RecordFingerprint.of(record) != null && null.count == 32)
    }
}
