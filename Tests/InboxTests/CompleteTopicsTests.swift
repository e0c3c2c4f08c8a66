import EventLog
import Testing
import Timestamps

@testable import Inbox

/// Of which topics a database can say what did not happen: only where nothing is uncertain.
@Suite struct CompleteTopicsTests {
    private static let now: Int64 = 1_800_000_000_000
    private static let partitions = (0..<2).map { LogPartition(topic: "orders", partition: $0) }

    private func since(
        earliest: Int64 = 0, declared: Int? = 2,
        _ change: (inout [LogPartition: RememberedPartition]) -> Void = { _ in }
    ) -> Int64? {
        let ranges = Dictionary(
            uniqueKeysWithValues: Self.partitions.map {
                ($0, PartitionRange(partition: $0.partition, earliest: $0.partition == 1 ? earliest : 0, end: 9))
            })
        var remembered = ranges.mapValues { plan($0, nil, isInboxEmpty: true).remembered }
        change(&remembered)
        return CompleteTopics.since(ranges, remembered, partitions: declared.map { ["orders": $0] } ?? [:])["orders"]?
            .milliseconds
    }

    private func plan(
        _ range: PartitionRange, _ known: RememberedPartition?, isInboxEmpty: Bool = false, committed: Int64? = nil
    ) -> StartPlan {
        StartPlan(
            Self.partitions[Int(range.partition)], known, isInboxEmpty: isInboxEmpty, isGroupNew: committed == nil,
            committed: committed, range: range, found: nil, now: Self.now)
    }

    @Test func aNewDatabaseKnowsAllSinceThen() {
        #expect(since() == Self.now, "an import may go on with what is not in it")
    }

    /// More than are declared, or fewer: an order's events may stand in two partitions.
    @Test(arguments: [1, 3, nil]) func anotherNumberOfPartitionsIsNeverComplete(_ declared: Int?) {
        #expect(since(declared: declared) == nil)
    }

    @Test func whatIsMissingOfOnePartitionIsMissing() {
        #expect(since(earliest: 1) == nil, "retention")
        #expect(since { $0[Self.partitions[1]] = nil } == nil, "never assigned")
        #expect(since { $0[Self.partitions[1]]?.horizon.offset = 1 } == nil, "read by a database that is gone")
        #expect(since { $0[Self.partitions[1]]?.horizon.time = 0 } == nil, "restored")
    }

    /// Whether an offset was committed on it or not, as when the service was killed before.
    @Test(arguments: [nil, 5] as [Int64?]) func aLogMadeAnewIsNeverComplete(_ committed: Int64?) {
        let range = PartitionRange(partition: 1, earliest: 0, end: 3)
        let bookmark = Bookmark(partition: Self.partitions[1], offset: 4, eventID: nil, fingerprint: [1])
        let completeSince = since { remembered in
            remembered[Self.partitions[1]]?.bookmark = bookmark
            let plan = plan(range, remembered[Self.partitions[1]], committed: committed)
            #expect(plan.mustCommit && plan.remembered.bookmark == nil)
            remembered[Self.partitions[1]] = plan.remembered
        }
        #expect(completeSince == nil)
    }
}
