import EventLog
import Pacing
import Synchronization
import Telemetry
import Timestamps

/// The dead letters that are on their way, by the partition of their records. A partition waits for its letters, by itself:
/// none holds up another. What can't be written is tried again, at a growing pace, for ever.
final class WaitingLetters: Sendable {
    /// Seconds between two tries.
    private static let longestWait = 10.0

    private struct Waiting {
        let task: Task<Void, Never>
        let wakeUp = WakeUp()
        var isDropped = false
        /// The first failed try.
        var since: Timestamp?
    }

    private let writer: DeadLetterWriter
    private let health: HealthReport
    private let clock: any ServiceClock
    private let waiting = Mutex<[LogPartition: Waiting]>([:])

    init(_ writer: DeadLetterWriter, health: HealthReport, clock: any ServiceClock, metrics: Metrics) {
        self.writer = writer
        self.clock = clock
        self.health = health
        let group = writer.group
        metrics.gauge(
            "orderlog_group_blocked", "How long a partition has waited for a dead letter that can't be written.",
            unit: "seconds", labels: ["group", "topic", "partition"]
        ) { [weak self, clock] in
            let now = clock.time
            return (self?.blocked ?? []).map { partition, since in
                ([group, partition.topic, "\(partition.partition)"], max(now.seconds(since: since), 0))
            }
        }
    }

    /// Writes letters of a paused partition that has none on their way; then acknowledges `records` and resumes it.
    func put(
        _ letters: [DeadLetter], of partition: LogPartition, behind records: [StoredRecord],
        for consumer: any EventConsumer
    ) {
        waiting.withLock { waiting in
            waiting[partition] = Waiting(
                task: Task {
                    if await write(letters, of: partition) { await consumer.acknowledge(records) }
                    if remove(partition) { await consumer.resume([partition]) }
                })
        }
    }

    /// Ends the waiting, after the tries that are being made: the letters are no longer ours to write.
    func drop() async {
        let dropped = waiting.withLock { waiting in
            for partition in waiting.keys { waiting[partition]?.isDropped = true }
            return Array(waiting.values)
        }
        for one in dropped { one.wakeUp.signal() }
        for one in dropped { await one.task.value }
    }

    /// The partitions that wait for a letter that could not be written, since when.
    private var blocked: [(partition: LogPartition, since: Timestamp)] {
        waiting.withLock { $0.compactMap { partition, one in one.since.map { (partition, $0) } } }
    }

    /// false: dropped before they were all on the log.
    private func write(_ letters: [DeadLetter], of partition: LogPartition) async -> Bool {
        var left = letters
        var backoff = Backoff(atMost: Self.longestWait)
        while let failure = await writer.write(left) {
            left = failure.letters
            guard let (since, isNew, wakeUp) = note(failure.error, partition) else { return false }
            writer.logger.log(
                isNew ? .warning : .debug,
                "a dead letter can't be written; its partition waits, the others go on",
                ["partition": partition.text, "blocked_since": since.rfc3339, "error": failure.error.message])
            await wakeUp.wait(atMost: backoff.next(), by: clock)
            if isDropped(partition) { return false }
        }
        let since = waiting.withLock { $0[partition]?.since }
        if let since {
            writer.logger.notice(
                "the dead letter is written; its partition goes on",
                ["partition": partition.text, "blocked_since": since.rfc3339])
        }
        return true
    }

    /// nil when it was dropped.
    private func note(_ error: EventLogError, _ partition: LogPartition) -> (
        since: Timestamp, isNew: Bool, wakeUp: WakeUp
    )? {
        waiting.withLock { waiting in
            guard let one = waiting[partition], !one.isDropped else { return nil }
            let since = one.since ?? clock.time
            waiting[partition]?.since = since
            health.complain(
                "blocked: a dead letter can't be written: \(error.message)", about: partition.text, since: since)
            return (since, one.since == nil, one.wakeUp)
        }
    }

    private func isDropped(_ partition: LogPartition) -> Bool {
        waiting.withLock { $0[partition]?.isDropped ?? true }
    }

    /// Whether the partition is still read by this member.
    private func remove(_ partition: LogPartition) -> Bool {
        waiting.withLock { waiting in
            health.isWell(about: partition.text)
            return waiting.removeValue(forKey: partition)?.isDropped == false
        }
    }
}
