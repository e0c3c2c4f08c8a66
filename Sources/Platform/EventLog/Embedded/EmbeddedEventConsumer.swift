import Pacing
import SQLite
import Synchronization

/// The one member of a group on the embedded log.
///
/// Where it reads on is in memory; what was acknowledged is written at most every 200 ms and at the end, as Kafka's auto
/// commit does: no request waits for it, and what a crash repeats, readers drop.
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

    func wake() { wakeUp.signal() }

    func next(limit: Int) async throws(EventLogError) -> [StoredRecord]? {
        while true {
            if Task.isCancelled || state.withLock({ $0.isClosed }) { return nil }
            if let starts, try await !startNew(starts) { return nil }
            let records = try await read(limit: max(limit, 1))
            if !records.isEmpty {
                state.withLock { state in
                    for record in records {
                        state.positions[record.position.logPartition] = record.position.offset + 1
                    }
                    state.turn += 1
                }
                return records
            }
            if state.withLock({ $0.isClosed }) { return nil }
            await withTaskCancellationHandler {
                await wakeUp.wait()
            } onCancel: {
                wakeUp.signal()
            }
        }
    }

    /// Finds out where to start in partitions that were not read before. Those of a topic are new but once.
    /// false: nobody needs to know any more.
    private func startNew(_ starts: PartitionStarts) async throws(EventLogError) -> Bool {
        let known = state.withLock { Set($0.positions.keys) }
        let topics = topics
        let new = try await log.reading { connection in
            var new: [LogPartition] = []
            for name in topics where !known.contains(LogPartition(topic: name, partition: 0)) {
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

    /// A fair share of each partition that has something, in one transaction.
    private func read(limit: Int) async throws(EventLogError) -> [StoredRecord] {
        let (positions, paused, turn) = state.withLock { ($0.positions, $0.paused, $0.turn) }
        let (topics, group) = (topics, group)
        return try await log.reading { connection in
            var ready: [(topic: (id: Int64, name: String), partition: Int32, from: Int64)] = []
            for name in topics {
                try connection.forEach(
                    """
                    SELECT t.topic_id, p.partition, p.earliest, p.next, g.offset
                    FROM topics t JOIN partitions p ON p.topic_id = t.topic_id
                    LEFT JOIN group_offsets g
                        ON g.topic_id = p.topic_id AND g.partition = p.partition AND g.group_name = ?
                    WHERE t.name = ? ORDER BY p.partition
                    """, [.text(group), .text(name)]
                ) { row in
                    let partition = Int32(row.int(1))
                    let own = LogPartition(topic: name, partition: partition)
                    if paused.contains(own) { return }
                    let position = positions[own] ?? row.optionalInt(4)
                    let from = max(position ?? 0, row.int(2))
                    if from < row.int(3) { ready.append(((row.int(0), name), partition, from)) }
                }
            }
            guard !ready.isEmpty else { return [] }
            let share = max(limit / ready.count, 1)
            var records: [StoredRecord] = []
            for index in ready.indices {
                let place = ready[(index + turn) % ready.count]
                let room = min(share, limit - records.count)
                guard room > 0 else { break }
                records += try EmbeddedEventLog.records(
                    topic: place.topic, partition: place.partition, from: place.from, limit: room, in: connection)
            }
            return records
        }
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
            try await log.database.write { connection in
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
        state.withLock { $0.paused.subtract(partitions) }
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
