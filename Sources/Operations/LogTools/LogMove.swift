package import EventLog

/// Takes everything that one log holds to another: topics, records in their partitions with keys, headers and timestamps,
/// and each group's place.
///
/// What the other log has already is compared with what is to come, so a move that broke off is gone on with. Records that
/// the other log took twice, as Kafka may when an answer was lost, are passed over: readers drop repeats.
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

    private func move(
        _ partition: Partition, _ range: PartitionRange, to there: PartitionRange, _ progress: (Int) -> Void
    ) async throws {
        let present = Pages(target, partition.topic, partition.number, there)
        let pending = Pages(source, partition.topic, partition.number, range)
        var places = Places(wanted[partition] ?? [], range)
        // What is there already.
        var recent = RecentRecords(limit: Self.repeatsWithin)
        while let stored = try await present.next() {
            guard let record = try await pending.peek(), record.isSame(as: stored) else {
                guard recent.holds(stored) else {
                    throw ToolError(
                        "\(stored.position.text), where the log is to go, is none of its records: name a log that is empty"
                    )
                }
                continue
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
            for (record, outcome) in zip(records, outcomes) {
                places.note(record.position.offset, at: try outcome.get().offset)
                copied += 1
            }
            progress(records.count)
        }
        let end = try await target.ranges(topic: partition.topic)[Int(partition.number)].end
        found[partition] = places.found(end: end)
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

/// A partition's records, page by page.
private final class Pages {
    private let log: any EventLog
    private let topic: String
    private let partition: Int32
    private let end: Int64
    private var from: Int64
    private var records: ArraySlice<StoredRecord> = []

    init(_ log: any EventLog, _ topic: String, _ partition: Int32, _ range: PartitionRange) {
        self.log = log
        self.topic = topic
        self.partition = partition
        (from, end) = (range.earliest, range.end)
    }

    func peek() async throws(EventLogError) -> StoredRecord? {
        if records.isEmpty, from < end {
            records = try await log.read(topic: topic, partition: partition, from: from, limit: 500)
                .filter { $0.position.offset < end }[...]
            from = records.last.map { $0.position.offset + 1 } ?? end
        }
        return records.first
    }

    func next() async throws(EventLogError) -> StoredRecord? {
        guard let record = try await peek() else { return nil }
        records = records.dropFirst()
        return record
    }

    /// Those at hand; none at the end.
    func page() async throws(EventLogError) -> [StoredRecord] {
        _ = try await peek()
        defer { records = [] }
        return Array(records)
    }
}

/// The records of a while, to tell a repeat from a stranger.
private struct RecentRecords {
    private let limit: Int
    private var hashes: [Int] = []
    private var counts: [Int: Int] = [:]
    private var oldest = 0

    init(limit: Int) { self.limit = limit }

    mutating func add(_ record: StoredRecord) {
        let hash = record.contentHash
        counts[hash, default: 0] += 1
        if hashes.count < limit {
            hashes.append(hash)
        } else {
            let gone = hashes[oldest]
            counts[gone] = counts[gone].flatMap { $0 > 1 ? $0 - 1 : nil }
            hashes[oldest] = hash
            oldest = (oldest + 1) % limit
        }
    }

    func holds(_ record: StoredRecord) -> Bool { counts[record.contentHash] != nil }
}

extension StoredRecord {
    /// Whether they differ in nothing but where they stand.
    fileprivate func isSame(as other: StoredRecord) -> Bool {
        key == other.key && value == other.value && timestamp == other.timestamp && headers == other.headers
    }

    fileprivate var contentHash: Int {
        var hasher = Hasher()
        hasher.combine(key)
        hasher.combine(value)
        hasher.combine(timestamp)
        hasher.combine(headers)
        return hasher.finalize()
    }
}
