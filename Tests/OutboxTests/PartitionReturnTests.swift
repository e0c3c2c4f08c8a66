import EventLog
import Synchronization
import Telemetry
import TestDatabase
import Testing

@testable import Outbox

/// Two partitions take nothing, and one of them comes back just while the relay puts rows of it aside.
@Suite(.timeLimit(.minutes(2))) struct PartitionReturnTests {
    private typealias Outbox = OutboxStoreTests.Outbox
    private static let back: Int32 = 3
    private static let away: Int32 = 7

    enum Found: CaseIterable, Sendable {
        /// The rows are not sent, for the partition is known to be away.
        case before
        /// They are sent, and fail.
        case now
    }

    @Test(arguments: Found.allCases)
    func whatStepsAsideLateIsFreedThoughAnotherPartitionStaysAway(_ found: Found) async throws {
        let log = ScriptedLog(takingNothingFor: [Self.back, Self.away])
        try await withDatabase(OutboxStoreTests.sqlite) { database in
            let outbox = Outbox(database)
            let store = WatchedStore(outbox.store)
            let relay = OutboxRelay(store: store, lease: SoleLease(), log: log, metrics: Metrics(), logger: .silent)
            relay.start()
            let (back, passing) = (ScriptedLog.keys(of: Self.back), ScriptedLog.keys(of: 0))
            let away = ScriptedLog.keys(of: Self.away)[0]
            func append(_ keys: [String]) async throws {
                try await outbox.append(keys.map { OutboxStoreTests.event($0) })
                relay.wake()
            }
            try await append([away, passing[0]] + (found == .before ? [back[0]] : []))
            try await waitUntil("what is known to be away is aside") {
                relay.status.backlog.aside == (found == .before ? 2 : 1)
            }
            store.holdAside()
            try await append([passing[1]] + (found == .before ? [back[1]] : [back[0], back[1]]))
            try await waitUntil("the relay puts aside") { store.holdsSomething }
            let frees = store.frees
            log.takesNothing(for: [Self.away])
            try await waitUntil("the partition is back") { log.has(back[0]) && store.frees > frees }
            store.letAside()
            try await waitUntil("all of the one that is back is published") { log.has(back[1]) }
            #expect(!log.has(away))
            log.takesNothing(for: [])
            try await waitUntil("nothing waits") { log.has(away) && relay.status.complaint == nil }
            await relay.stop()
        }
    }
}

extension ScriptedLog {
    /// Those of `partitions` take nothing, while others do.
    convenience init(takingNothingFor partitions: [Int32]) {
        self.init()
        takesNothing(for: partitions)
    }

    func takesNothing(for partitions: [Int32]) {
        answers { record in
            let partition = Murmur2.partition(of: record.key ?? [], among: 12)
            guard partitions.contains(partition) else { return nil }
            return EventLogError(
                .unavailable, "no leader", partition: LogPartition(topic: record.topic, partition: partition))
        }
    }

    func has(_ key: String) -> Bool { appended.withLock { $0.contains { $0.key == Array(key.utf8) } } }

    /// Keys whose records go to a partition.
    static func keys(of partition: Int32) -> [String] {
        (0..<1_000).map { "order-\($0)" }.filter { Murmur2.partition(of: Array($0.utf8), among: 12) == partition }
    }
}
