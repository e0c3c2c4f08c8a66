import EventLog
import Pacing
import Synchronization
import Telemetry
import Timestamps

/// Finds out where a group goes on in partitions that were given to this member, and keeps their horizons. What is not as
/// it was left is told in the log, in a metric, and for an hour in health.
final class GroupStarts: Sendable {
    private static let shownFor: Duration = .seconds(3_600)
    /// How long a topic that is not there, for it was just created or is being deleted, is waited for.
    private static let waitsForTopic: Duration = .seconds(5)

    private let group: String
    private let log: any EventLog
    private let memory: any GroupMemory
    private let declared: [String: Int]
    private let health: HealthReport
    private let logger: Logger
    private let found: Counter

    private struct State {
        var horizons: [LogPartition: Horizon] = [:]
        /// The topics of which the database has read all, and since when.
        var complete: [String: Timestamp] = [:]
        var shown: [LogPartition: Task<Void, Never>] = [:]
    }
    private let state = Mutex(State())

    /// `declared`: how many partitions each topic is declared with.
    init(
        group: String, log: any EventLog, memory: any GroupMemory, declared: [String: Int], health: HealthReport,
        metrics: Metrics,
        logger: Logger
    ) {
        self.group = group
        self.log = log
        self.memory = memory
        self.declared = declared
        self.health = health
        self.logger = logger
        found = metrics.counter(
            "orderlog_group_read_again",
            "Partitions whose offset was not right: the log was another (log), the database older, the offset beyond the end, or before its begin (dropped).",
            labels: ["group", "reason"])
        for reason in ["log", "offset", "database", "dropped"] { _ = found.series(group, reason) }
    }

    deinit {
        for task in state.withLock({ $0.shown.values }) { task.cancel() }
    }

    /// What the database can know when this record is read.
    func knowledge(_ record: StoredRecord) -> InboxKnowledge {
        let (horizon, completeSince) = state.withLock {
            ($0.horizons[record.position.logPartition], $0.complete[record.position.topic])
        }
        return InboxKnowledge(isOld: horizon?.hides(record) ?? false, completeSince: completeSince)
    }

    /// Tries until it knows. nil once its task is cancelled.
    func starts(of partitions: [LogPartition]) async -> [PartitionStart]? {
        let outage = Outage(
            logger, gone: "where to go on in the log can't be found out for now",
            back: "where to go on in the log is found out")
        var backoff = Backoff()
        let begin = ContinuousClock.now
        while !Task.isCancelled {
            do {
                let plans = try await plans(for: partitions, toleratesMissing: .now - begin > Self.waitsForTopic)
                outage.works(("group", group))
                return plans
            } catch {
                if Task.isCancelled { break }
                outage.failed("\(error)", ("group", group))
                try? await Task.sleep(for: backoff.next())
            }
        }
        return nil
    }

    private func plans(for partitions: [LogPartition], toleratesMissing: Bool) async throws -> [PartitionStart] {
        let (known, isInboxEmpty) = try await memory.recall(group: group)
        let committed = Dictionary(
            try await log.committedOffsets(group: group).map { ($0.logPartition, $0.offset) }
        ) { first, _ in first }
        var ranges: [LogPartition: PartitionRange] = [:]
        for topic in Set(partitions.map(\.topic)) {
            do throws(EventLogError) {
                for range in try await log.ranges(topic: topic) {
                    ranges[LogPartition(topic: topic, partition: range.partition)] = range
                }
            } catch {
                // It is given to this member anew when it is there again.
                guard error.kind == .unknownTopic, toleratesMissing else { throw error }
            }
        }
        let records = try await records(at: partitions.compactMap { known[$0]?.bookmark }, within: ranges)
        let now = Timestamp.now().milliseconds
        var plans: [LogPartition: StartPlan] = [:]
        for (partition, range) in ranges where partitions.contains(partition) {
            plans[partition] = StartPlan(
                partition, known[partition], isInboxEmpty: isInboxEmpty, isGroupNew: known.isEmpty && committed.isEmpty,
                committed: committed[partition], range: range,
                found: records[partition], now: now)
        }
        try await memory.replace(
            plans.mapValues(\.remembered).filter { known[$0.key] != $0.value }, group: group)
        let remembered = known.merging(plans.mapValues(\.remembered)) { $1 }
        state.withLock { state in
            state.horizons = plans.mapValues(\.remembered.horizon)
            state.complete = CompleteTopics.since(ranges, remembered, partitions: declared)
        }
        for (partition, plan) in plans.sorted(by: { $0.key < $1.key }) {
            if let finding = plan.finding { tell(finding, of: partition, from: plan.start) }
        }
        return partitions.map { partition in
            let plan = plans[partition]
            return PartitionStart(
                LogPosition(
                    topic: partition.topic, partition: partition.partition,
                    offset: plan?.start ?? committed[partition] ?? 0), mustCommit: plan?.mustCommit ?? false)
        }
    }

    /// What stands where the bookmarks are, at once.
    private func records(
        at bookmarks: [Bookmark], within ranges: [LogPartition: PartitionRange]
    ) async throws -> [LogPartition: StoredRecord] {
        let log = log
        return try await withThrowingTaskGroup(of: StoredRecord?.self) { tasks in
            for bookmark in bookmarks {
                guard let range = ranges[bookmark.partition], (range.earliest..<range.end).contains(bookmark.offset)
                else { continue }
                tasks.addTask {
                    try await log.read(
                        topic: bookmark.partition.topic, partition: bookmark.partition.partition, from: bookmark.offset,
                        limit: 1
                    ).first
                }
            }
            return try await tasks.reduce(into: [:]) { found, record in
                if let record { found[record.position.logPartition] = record }
            }
        }
    }

    private func tell(_ finding: StartPlan.Finding, of partition: LogPartition, from start: Int64) {
        let (reason, title) =
            switch finding {
            case .otherLog: ("log", "the log is not the one that the group has read; it is read from its beginning")
            case .offsetBeyondEnd:
                ("offset", "the group's offset was beyond the end of the log; it goes on behind what it has read")
            case .olderDatabase: ("database", "the database is older than the group; it is read again what is missing")
            case .dropped: ("dropped", "the log has dropped events that the group had not read")
            }
        found.add(1, group, reason)
        logger.warning(
            title, ["group": group, "partition": partition.text, "from": "\(start)", "reason": finding.text])
        let subject = reason == "dropped" ? "\(partition.text), dropped" : "\(partition.text), read again"
        health.complain(finding.text, about: subject)
        let task = Task { [health] in
            guard (try? await Task.sleep(for: Self.shownFor)) != nil else { return }
            health.isWell(about: subject)
        }
        state.withLock { $0.shown.updateValue(task, forKey: partition) }?.cancel()
    }
}
