package import EventLog

/// Takes everything that one log holds to another: topics, records in their partitions with keys, headers and timestamps,
/// and each group's place.
///
/// What the other log has already is compared with what is to come, so a move that broke off is gone on with. Records that
/// the other log took twice, as Kafka may when an answer was lost, are passed over: readers drop repeats.
///
/// Throws `ToolError` for what has to be mended before it can go on, and says how; other errors pass.
package final class LogMove {
    /// A repeat stands at most so many records behind its original.
    private static let repeatsWithin = 2_000

    private struct Partition: Hashable {
        var topic: String
        var number: Int32
    }

    private let source: any EventLog
    private let target: any EventLog
    /// Where groups are in the source, by partition; their places in the target are found on the way.
    private var wanted: [Partition: Set<Int64>] = [:]
    private var found: [Partition: [Int64: Int64]] = [:]
    /// Records that the target got.
    package private(set) var copied = 0

    package init(from source: any EventLog, to target: any EventLog) {
        self.source = source
        self.target = target
    }

    /// How many records there are to move.
    package func count() async throws(EventLogError) -> Int64 {
        var count: Int64 = 0
        for topic in try await source.topics() {
            count += try await source.ranges(topic: topic.name).reduce(0) { $0 + $1.end - $1.earliest }
        }
        return count
    }

    /// Nobody may use the source meanwhile. `first`: the topic that says whose log it is; it goes before all others, so
    /// that a target which is another shop's is refused before anything is written. `progress` learns how many more records
    /// are there.
    package func run(first: String, progress: (Int) -> Void) async throws {
        let all = try await source.topics()
        let topics = all.filter { $0.name == first } + all.filter { $0.name != first }
        let groups = try await source.groups()
        var places: [String: [LogPosition]] = [:]
        for group in groups {
            places[group] = try await source.committedOffsets(group: group)
            for place in places[group] ?? [] {
                wanted[Partition(topic: place.topic, number: place.partition), default: []].insert(place.offset)
            }
        }
        try await checkTarget(for: topics)
        for topic in topics {
            try await target.create([
                TopicDeclaration(name: topic.name, partitions: topic.partitions, retention: topic.retention)
            ])
            let ranges = try await target.ranges(topic: topic.name)
            guard ranges.count == Int(topic.partitions) else {
                throw ToolError(
                    "\(topic.name) has \(ranges.count) partitions where it is to go, and \(topic.partitions) here: make it with as many"
                )
            }
            for range in try await source.ranges(topic: topic.name) {
                try await move(
                    Partition(topic: topic.name, number: range.partition), range, to: ranges[Int(range.partition)],
                    progress)
            }
        }
        for group in groups {
            let moved = (places[group] ?? []).compactMap { place in
                found[Partition(topic: place.topic, number: place.partition)]?[place.offset].map {
                    LogPosition(topic: place.topic, partition: place.partition, offset: $0)
                }
            }
            try await target.moveOffsets(group: group, to: moved)
        }
    }

    /// What would refuse records, or lose them, is told before anything is written: of a page that is refused in the middle
    /// later records are there, and nothing can be put before them any more.
    private func checkTarget(for topics: [TopicDescription]) async throws {
        var changes: [String] = []
        for there in try await target.topics() {
            guard let topic = topics.first(where: { $0.name == there.name }) else { continue }
            let obstacles = Self.obstacles(there, for: topic)
            if obstacles.isEmpty { continue }
            let settings = obstacles.map(\.setting.text).joined(separator: ",")
            changes.append(
                "\(there.name), where the log is to go, \(obstacles.map(\.text).joined(separator: "; ")): set \(settings) (kafka-configs.sh --alter --entity-type topics --entity-name \(there.name) --add-config \(settings))"
            )
        }
        if changes.isEmpty { return }
        throw ToolError(
            changes.joined(separator: "; ")
                + "; `orderlog topics apply` does it for the topics of events; then say move again")
    }

    /// What a topic does that would cost records, and what ends it.
    private static func obstacles(
        _ there: TopicDescription, for topic: TopicDescription
    ) -> [(text: String, setting: TopicSetting)] {
        var obstacles: [(text: String, setting: TopicSetting)] = []
        if let largest = there.largestBatch, largest < TopicDeclaration.largestBatch {
            obstacles.append(
                (
                    "takes at most \(largest) bytes in one piece, and events may have more",
                    TopicSetting(.largestBatch, "\(TopicDeclaration.largestBatch)")
                ))
        }
        if there.compacted {
            obstacles.append(
                (
                    "is compacted, and would keep only the last event of each order",
                    TopicSetting(.cleanupPolicy, "delete")
                ))
        }
        // Records keep their timestamps, so that old ones would go soon after they came.
        if let kept = there.retention, kept < topic.retention ?? .max {
            obstacles.append(
                (
                    "keeps records for \(kept) ms only, and would remove older ones",
                    TopicSetting(.retention, "\(topic.retention ?? -1)")
                ))
        }
        if let bytes = there.retentionBytes {
            obstacles.append(
                (
                    "keeps \(bytes) bytes of a partition only, and would remove what is before them",
                    TopicSetting(.retentionBytes, "-1")
                ))
        }
        return obstacles
    }

    private func move(
        _ partition: Partition, _ range: PartitionRange, to there: PartitionRange, _ progress: (Int) -> Void
    ) async throws {
        let present = PartitionPages(target, partition.topic, partition.number, there)
        let pending = PartitionPages(source, partition.topic, partition.number, range)
        var places = Places(wanted[partition] ?? [], range)
        // What is there already.
        var recent = RecentRecords(limit: Self.repeatsWithin)
        while let stored = try await present.next() {
            guard let record = try await pending.peek(), record.isSame(as: stored) else {
                if recent.holds(stored) { continue }
                if try await pending.holds(stored) { throw gap(before: stored.position) }
                throw ToolError(
                    "\(stored.position.text), where the log is to go, is none of its records: the topic is somebody else's. Name another Kafka, or delete the topic \(partition.topic) there if nobody needs it, and say move again"
                )
            }
            _ = try await pending.next()
            places.note(record.position.offset, at: stored.position.offset)
            recent.add(stored)
            progress(1)
        }
        // What is missing.
        while true {
            try Task.checkCancellation()
            let records = try await pending.page()
            if records.isEmpty { break }
            let outcomes = await target.append(
                records.map {
                    LogRecord(
                        topic: partition.topic, partition: partition.number, key: $0.key, headers: $0.headers,
                        value: $0.value, timestamp: $0.timestamp)
                })
            let taken = outcomes.map { try? $0.get() }
            for (index, outcome) in outcomes.enumerated() {
                if case .failure(let error) = outcome {
                    guard let behind = taken[index...].lazy.compactMap({ $0 }).first else { throw error }
                    throw gap(before: behind, error)
                }
                places.note(records[index].position.offset, at: try outcome.get().offset)
                copied += 1
            }
            progress(records.count)
        }
        let end = try await target.ranges(topic: partition.topic)[Int(partition.number)].end
        found[partition] = places.found(end: end)
    }

    /// Records that came before this one are not there: what is a copy may go, and what is missing comes in its place.
    private func gap(before place: LogPosition, _ cause: EventLogError? = nil) -> ToolError {
        ToolError(
            (cause.map { "\($0.message); " } ?? "")
                + "an event that comes before \(place.text) is not there, and can't be put before it any more. What is in the topic \(place.topic) there is only a copy: delete it (kafka-topics.sh --delete --topic \(place.topic)), "
                + (cause == nil ? "" : "mend what refused the event, ") + "and say move again"
        )
    }
}

/// Where groups that read a partition go on in another log.
private struct Places {
    private let wanted: [Int64]
    private let end: Int64
    private var found: [Int64: Int64] = [:]

    init(_ wanted: Set<Int64>, _ range: PartitionRange) {
        self.wanted = wanted.sorted()
        end = range.end
    }

    /// The record at `offset` stands at `place` in the other log.
    mutating func note(_ offset: Int64, at place: Int64) {
        // A place whose record was removed is that of the next one.
        for want in wanted where want <= offset && found[want] == nil { found[want] = place }
    }

    func found(end: Int64) -> [Int64: Int64] {
        var all = found
        for want in wanted where all[want] == nil { all[want] = end }
        return all
    }
}
