package import EventLog
internal import Synchronization
internal import Timestamps

/// A log in memory, for tests of what reads and writes one: it keeps the contract of the others, its groups have as many members as
/// join them, and each that comes or goes has the partitions given out anew, to all of them.
package final class MemoryLog: EventLog {
    struct Topic {
        var partitions: [[StoredRecord]]
        var retention: Int64?
    }

    struct Group {
        var offsets: [LogPartition: Int64] = [:]
        var members: [Int: Member] = [:]
    }

    struct State {
        var topics: [String: Topic] = [:]
        var groups: [String: Group] = [:]
        /// Where something was removed.
        var earliest: [LogPartition: Int64] = [:]
        var members = 0
        var watches: [(isSo: @Sendable (State) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []
    }
    let state = Mutex(State())
    private let id = "file:memory-\(UInt64.random(in: 0...UInt64.max))"

    package init() {}

    // MARK: What a test waits for

    /// Returns when the group's offset of the partition is so far, or further.
    package func commits(_ offset: Int64, of partition: LogPartition, group: String) async {
        await until { ($0.groups[group]?.offsets[partition] ?? 0) >= offset }
    }

    /// Returns when a partition has so many records, or more.
    package func has(_ count: Int, in partition: LogPartition) async {
        await until { state in
            guard let topic = state.topics[partition.topic] else { return count == 0 }
            return topic.partitions[Int(partition.partition)].count >= count
        }
    }

    private func until(_ isSo: @escaping @Sendable (State) -> Bool) async {
        await withCheckedContinuation { continuation in
            let isSoNow = state.withLock { state in
                if isSo(state) { return true }
                state.watches.append((isSo, continuation))
                return false
            }
            if isSoNow { continuation.resume() }
        }
    }

    /// Something has changed: whoever waits for it goes on, and readers look for records.
    func changed() {
        let awake = state.withLock { state in
            var awake: [CheckedContinuation<Void, Never>] = []
            var waiting: [(isSo: @Sendable (State) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []
            for watch in state.watches {
                if watch.isSo(state) { awake.append(watch.continuation) } else { waiting.append(watch) }
            }
            state.watches = waiting
            for name in state.groups.keys {
                for id in state.groups[name]?.members.keys.sorted() ?? [] {
                    if let reader = state.groups[name]?.members[id]?.waiting.take() { awake.append(reader) }
                }
            }
            return awake
        }
        for one in awake { one.resume() }
    }

    // MARK: Writing

    package func append(_ records: [LogRecord]) async -> [Result<LogPosition, EventLogError>] {
        let results = state.withLock { state in records.map { state.append($0) } }
        changed()
        return results
    }

    package func create(_ topics: [TopicDeclaration]) async throws(EventLogError) {
        let questions = state.withLock { state in
            for topic in topics where state.topics[topic.name] == nil {
                state.topics[topic.name] = Topic(
                    partitions: Array(repeating: [], count: Int(topic.partitions)), retention: topic.retention)
            }
            let names = Set(topics.map(\.name))
            return state.groups.filter { !names.isDisjoint(with: $0.value.topics) }.keys.sorted().flatMap {
                state.giveOut(group: $0)
            }
        }
        ask(questions)
    }

    package func change(_ topic: String, to settings: [TopicSetting]) async throws(EventLogError) {
        let isThere = state.withLock { state in
            for setting in settings where setting.name == .retention {
                state.topics[topic]?.retention = Int64(setting.value).flatMap { $0 < 0 ? nil : $0 }
            }
            return state.topics[topic] != nil
        }
        guard isThere else { throw EventLogError(.unknownTopic, "there is no topic \(topic)") }
    }

    // MARK: Reading

    /// Removes the partition's records before this offset, as retention does.
    package func remove(before offset: Int64, of partition: LogPartition) {
        state.withLock { $0.earliest[partition] = offset }
    }

    private func earliest(_ partition: LogPartition) -> Int64 { state.withLock { $0.earliest[partition] ?? 0 } }

    package func read(
        topic: String, partition: Int32, from offset: Int64, limit: Int
    ) async throws(EventLogError) -> [StoredRecord] {
        let records = try records(topic, partition)
        var page: [StoredRecord] = []
        var bytes = 0
        let start = max(offset, earliest(LogPartition(topic: topic, partition: partition)))
        for record in records.dropFirst(Int(start)).prefix(limit) where bytes <= EventLogPage.bytes {
            page.append(record)
            bytes += record.size
        }
        return page
    }

    package func offset(topic: String, partition: Int32, at timestamp: Int64) async throws(EventLogError) -> Int64 {
        let records = try records(topic, partition)
        return Int64(records.firstIndex { $0.timestamp >= timestamp } ?? records.count)
    }

    private func records(_ topic: String, _ partition: Int32) throws(EventLogError) -> [StoredRecord] {
        let partitions = state.withLock { $0.topics[topic]?.partitions }
        guard let partitions, partitions.indices.contains(Int(partition)) else {
            throw EventLogError(.unknownTopic, "there is no \(topic)/\(partition)")
        }
        return partitions[Int(partition)]
    }

    package func ranges(topic: String) async throws(EventLogError) -> [PartitionRange] {
        guard let found = state.withLock({ $0.topics[topic] }) else {
            throw EventLogError(.unknownTopic, "there is no topic \(topic)")
        }
        return found.partitions.enumerated().map {
            PartitionRange(
                partition: Int32($0), earliest: earliest(LogPartition(topic: topic, partition: Int32($0))),
                end: Int64($1.count))
        }
    }

    package func topics() async throws(EventLogError) -> [TopicDescription] {
        state.withLock { state in
            state.topics.sorted { $0.key < $1.key }.map { name, topic in
                TopicDescription(
                    name: name, partitions: Int32(topic.partitions.count), replicationFactor: 1,
                    retention: topic.retention, compacted: false)
            }
        }
    }

    package func identity() async throws(EventLogError) -> String { id }
    package func isReachable(within seconds: Double) async -> Bool { true }
    package func close() async {}
}

extension MemoryLog.State {
    /// Bytes of key, headers and value.
    private static let largest = Int(TopicDeclaration.largestBatch)

    fileprivate mutating func append(_ record: LogRecord) -> Result<LogPosition, EventLogError> {
        guard let count = topics[record.topic]?.partitions.count else {
            return .failure(EventLogError(.unknownTopic, "there is no topic \(record.topic)"))
        }
        guard record.size <= Self.largest else { return .failure(EventLogError(.refused, "it is too large")) }
        let partition =
            record.partition ?? record.key.map { Murmur2.partition(of: $0, among: Int32(count)) }
            ?? .random(in: 0..<Int32(count))
        let end = topics[record.topic]?.partitions[Int(partition)].count ?? 0
        let position = LogPosition(topic: record.topic, partition: partition, offset: Int64(end))
        topics[record.topic]?.partitions[Int(partition)].append(
            StoredRecord(
                position: position, key: record.key, headers: record.headers, value: record.value,
                timestamp: record.timestamp ?? Timestamp.now().milliseconds))
        return .success(position)
    }
}
