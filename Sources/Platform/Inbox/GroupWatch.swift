package import EventLog
package import Pacing
import Synchronization
package import Telemetry
import Timestamps

/// Looks how far a group is behind, and what waits in its dead-letter topics, and has metrics tell it.
package final class GroupWatch: Sendable {
    private let group: String
    private let topics: [String]
    private let deadLetterTopics: [String]
    private let log: any EventLog
    private struct Looked {
        var marks: [LogPartition: PartitionMarks] = [:]
        var at: ContinuousClock.Instant?
    }

    /// Nobody has looked for so long, for another replica did, or the log was away: what was seen before says nothing of what waits now.
    private static let gap: Duration = .seconds(60)
    private let looked = Mutex(Looked())
    private let letters: [WaitingLetterCount]

    package init(group: String, topics: [String], deadLetterTopics: [String], log: any EventLog) {
        self.group = group
        self.topics = topics
        self.deadLetterTopics = deadLetterTopics
        self.log = log
        letters = deadLetterTopics.map { WaitingLetterCount(topic: $0, log: log) }
    }

    package func tell(_ metrics: Metrics, by survey: Survey) {
        let lag = survey.follow(from: GroupLag()) { [self] in try await look() }
        metrics.gauge("orderlog_group_lag_records", "Records that wait for the group.", labels: ["group"]) { [group] in
            [([group], Double(lag.now.records))]
        }
        metrics.gauge(
            "orderlog_group_lag", "How long the first of them has waited.", unit: "seconds", labels: ["group"]
        ) { [group] in
            [([group], lag.age(\.since))]
        }
        let waiting = letters.map { letters in
            (letters.topic, survey.follow(from: 0) { try await letters.look() })
        }
        metrics.gauge(
            "orderlog_dead_letters_waiting", "Records that could not be handled and were not sent again.",
            labels: ["topic"]
        ) { waiting.map { ([$0.0], Double($0.1.now)) } }
    }

    func look(at now: ContinuousClock.Instant = .now) async throws(EventLogError) -> GroupLag {
        looked.withLock { looked in
            if let before = looked.at, now - before > Self.gap { looked.marks = [:] }
        }
        let committed = try await log.committedOffsets(group: group)
        var lag = GroupLag()
        for topic in topics {
            for range in try await log.ranges(topic: topic) {
                let partition = LogPartition(topic: topic, partition: range.partition)
                let offset = committed.first { $0.logPartition == partition }?.offset
                // As a group starts: where it has no place, or one that is not there any more, at the first record.
                let start = offset.map { $0 > range.end ? range.earliest : max($0, range.earliest) } ?? range.earliest
                lag.records += Int(max(range.end - start, 0))
                if let since = try await note(partition, start, range.end) {
                    lag.since = lag.since.map { min($0, since) } ?? since
                }
            }
        }
        looked.withLock { $0.at = now }
        return lag
    }

    private func note(
        _ partition: LogPartition, _ start: Int64, _ end: Int64
    ) async throws(EventLogError) -> Timestamp? {
        var first: Timestamp?
        // What waited before this process began is asked for once.
        if start < end, looked.withLock({ $0.marks[partition] == nil }) {
            first = try await log.read(
                topic: partition.topic, partition: partition.partition, from: start, limit: 1
            ).first?.time
        }
        return looked.withLock {
            $0.marks[partition, default: PartitionMarks()].note(start: start, end: end, first: first, at: .now())
        }
    }
}
