import Pacing
import SQLite
import Synchronization

/// The one member of a group on the embedded log.
///
/// Where it reads on is in memory; what was acknowledged is written at most every 200 ms and at the end, as Kafka's auto
/// commit does: no request waits for it, and what a crash repeats, readers drop.
///
/// It looks into the log only when it was woken, or when the last look left something behind.
final class EmbeddedEventConsumer: EventConsumer {
    private static let writeOffsetsAfter: Duration = .milliseconds(200)

    private struct State {
        /// The next offset to read of each partition that was read before.
        var positions: [LogPartition: Int64] = [:]
        var acknowledged: [LogPartition: Int64] = [:]
        var written: [LogPartition: Int64] = [:]
        var writing: Task<Void, Never>?
        var paused: Set<LogPartition> = []
        /// Whose turn it is to be read first.
        var turn = 0
        /// Whether the log may have something that was not read: it grew, or was not read to its end.
        var mayHaveMore = true
        var isClosed = false
    }

    private let log: EmbeddedEventLog
    private let group: String
    private let topics: [String]
    private let starts: PartitionStarts?
    private let lock: FileLock
    private let wakeUp = WakeUp()
    private let state = Mutex(State())

    init(log: EmbeddedEventLog, group: String, topics: [String], starts: PartitionStarts?, lock: FileLock) {
        self.log = log
        self.group = group
        self.topics = topics
        self.starts = starts
        self.lock = lock
    }

    /// Something came to one of these topics; nil: to any, or there is a new one.
    func wake(_ changed: Set<String>?) {
        if let changed, changed.isDisjoint(with: topics) { return }
        state.withLock { $0.mayHaveMore = true }
        wakeUp.signal()
    }

    /// The log ends there now.
    func wake(ifBehind ends: [PartitionEnd]) {
        let isBehind = state.withLock { state in
            let isBehind = ends.contains { end in
                topics.contains(end.partition.topic) && (state.positions[end.partition] ?? -1) < end.next
            }
            if isBehind { state.mayHaveMore = true }
            return isBehind
        }
        if isBehind { wakeUp.signal() }
    }

    func next(limit: Int) async throws(EventLogError) -> [StoredRecord]? {
        while true {
            if Task.isCancelled || state.withLock({ $0.isClosed }) { return nil }
            if state.withLock({ $0.mayHaveMore }) {
                let records = try await look(limit: max(limit, 1))
                if records?.isEmpty != true { return records }
                continue
            }
            await withTaskCancellationHandler {
                await wakeUp.wait()
            } onCancel: {
                wakeUp.signal()
            }
        }
    }

    /// Empty when there is nothing new; nil when nobody needs to know any more.
    private func look(limit: Int) async throws(EventLogError) -> [StoredRecord]? {
        // Before it looks: what comes meanwhile is looked for again.
        state.withLock { $0.mayHaveMore = false }
        do throws(EventLogError) {
            if let starts, try await !startNew(starts) { return nil }
            let (records, hasMore) = try await read(limit: limit)
            state.withLock { state in
                for record in records {
                    state.positions[record.position.logPartition] = record.position.offset + 1
                }
                if hasMore { state.mayHaveMore = true }
                if !records.isEmpty { state.turn += 1 }
            }
            return records
        } catch {
            state.withLock { $0.mayHaveMore = true }
            throw error
        }
    }

    /// Finds out where to start in partitions that were not read before. Those of a topic are new but once.
    /// false: nobody needs to know any more.
    private func startNew(_ starts: PartitionStarts) async throws(EventLogError) -> Bool {
        let unread = state.withLock { state in
            topics.filter { state.positions[LogPartition(topic: $0, partition: 0)] == nil }
        }
        if unread.isEmpty { return true }
        let new = try await log.reading { connection in
            var new: [LogPartition] = []
            for name in unread {
                new += try connection.rows(
                    """
                    SELECT p.partition FROM topics t JOIN partitions p ON p.topic_id = t.topic_id
                    WHERE t.name = ? ORDER BY p.partition
                    """, [.text(name)]
                ) { LogPartition(topic: name, partition: Int32($0.int(0))) }
            }
            return new
        }
        if new.isEmpty { return true }
        guard let answer = await starts(new) else { return false }
        let group = group
        do {
            try await log.database.write { connection in
                for start in answer where start.mustCommit {
                    try EmbeddedEventLog.setOffset(group: group, to: start.position, in: connection)
                }
            }
        } catch {
            throw EmbeddedEventLog.error(error)
        }
        state.withLock { state in
            for start in answer { state.positions[start.position.logPartition] = start.position.offset }
        }
        return true
    }

    /// A fair share of each partition that has something, in one transaction; and whether that leaves something.
    private func read(
        limit: Int
    ) async throws(EventLogError) -> (records: [StoredRecord], hasMore: Bool) {
        let (positions, paused, turn) = state.withLock { ($0.positions, $0.paused, $0.turn) }
        let (topics, group) = (topics, group)
        return try await log.reading { connection in
            var ready: [Ready] = []
            for name in topics {
                // Where a group reads on is asked for once: then it is in memory.
                let isKnown = positions[LogPartition(topic: name, partition: 0)] != nil
                let added = isKnown ? try Self.ready(in: name, positions, paused, in: connection) : nil
                ready += try added ?? Self.readyAtFirst(in: name, of: group, positions, paused, in: connection)
            }
            guard !ready.isEmpty else { return ([], false) }
            let share = max(limit / ready.count, 1)
            var records: [StoredRecord] = []
            var hasMore = false
            for index in ready.indices {
                let place = ready[(index + turn) % ready.count]
                let room = min(share, limit - records.count)
                guard room > 0 else { return (records, true) }
                let own = try EmbeddedEventLog.records(
                    topic: place.topic, partition: place.partition, from: place.from, limit: room, in: connection)
                if let last = own.last, last.position.offset + 1 < place.end { hasMore = true }
                records += own
            }
            return (records, hasMore)
        }
    }

    /// A partition that has something to read from a place on.
    private typealias Ready = (topic: (id: Int64, name: String), partition: Int32, from: Int64, end: Int64)

    /// nil: there is a partition of which nobody knows where to read on.
    private static func ready(
        in topic: String, _ positions: [LogPartition: Int64], _ paused: Set<LogPartition>,
        in connection: SQLiteConnection
    ) throws -> [Ready]? {
        var ready: [Ready]? = []
        try connection.forEach(
            """
            SELECT t.topic_id, p.partition, p.earliest, p.next FROM topics t JOIN partitions p ON p.topic_id = t.topic_id
            WHERE t.name = ? ORDER BY p.partition
            """, [.text(topic)]
        ) { row in
            let own = LogPartition(topic: topic, partition: Int32(row.int(1)))
            guard let position = positions[own] else {
                ready = nil
                return
            }
            let from = max(position, row.int(2))
            if from < row.int(3), !paused.contains(own) {
                ready?.append(((row.int(0), topic), own.partition, from, row.int(3)))
            }
        }
        return ready
    }

    private static func readyAtFirst(
        in topic: String, of group: String, _ positions: [LogPartition: Int64], _ paused: Set<LogPartition>,
        in connection: SQLiteConnection
    ) throws -> [Ready] {
        var ready: [Ready] = []
        try connection.forEach(
            """
            SELECT t.topic_id, p.partition, p.earliest, p.next, g.offset
            FROM topics t JOIN partitions p ON p.topic_id = t.topic_id
            LEFT JOIN group_offsets g
                ON g.topic_id = p.topic_id AND g.partition = p.partition AND g.group_name = ?
            WHERE t.name = ? ORDER BY p.partition
            """, [.text(group), .text(topic)]
        ) { row in
            let own = LogPartition(topic: topic, partition: Int32(row.int(1)))
            if paused.contains(own) { return }
            let from = max(positions[own] ?? row.optionalInt(4) ?? 0, row.int(2))
            if from < row.int(3) { ready.append(((row.int(0), topic), own.partition, from, row.int(3))) }
        }
        return ready
    }

    func acknowledge(_ records: [StoredRecord]) async {
        state.withLock { state in
            for record in records {
                let partition = record.position.logPartition
                state.acknowledged[partition] = max(state.acknowledged[partition] ?? 0, record.position.offset + 1)
            }
            guard state.writing == nil, !state.isClosed else { return }
            state.writing = Task {
                try? await Task.sleep(for: Self.writeOffsetsAfter)
                self.state.withLock { $0.writing = nil }
                await self.writeOffsets()
            }
        }
    }

    private func writeOffsets() async {
        let changed = state.withLock { state in state.acknowledged.filter { state.written[$0.key] != $0.value } }
        guard !changed.isEmpty else { return }
        let group = group
        do {
            try await log.database.write(.unsynced) { connection in
                for (partition, offset) in changed {
                    try EmbeddedEventLog.setOffset(
                        group: group,
                        to: LogPosition(topic: partition.topic, partition: partition.partition, offset: offset),
                        in: connection)
                }
            }
            state.withLock { $0.written.merge(changed) { $1 } }
        } catch {
            // The next acknowledgement, or the end, writes them.
        }
    }

    func pause(_ partitions: [LogPartition]) async {
        state.withLock { $0.paused.formUnion(partitions) }
    }

    func resume(_ partitions: [LogPartition]) async {
        state.withLock { state in
            state.paused.subtract(partitions)
            state.mayHaveMore = true
        }
        wakeUp.signal()
    }

    func close() async {
        let writing: Task<Void, Never>? = state.withLock { state in
            state.isClosed = true
            return state.writing
        }
        wakeUp.signal()
        writing?.cancel()
        await writing?.value
        await writeOffsets()
        log.left(self)
        lock.release()
    }
}
