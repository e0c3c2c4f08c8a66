import EventLog
import Synchronization

/// A log that does not answer for as long as a test says.
final class AwayLog: EventLog {
    private let log: any EventLog
    private let away = Mutex(false)

    init(_ log: any EventLog) { self.log = log }

    var isAway: Bool {
        get { away.withLock { $0 } }
        set { away.withLock { $0 = newValue } }
    }

    private func check() throws(EventLogError) {
        if isAway { throw EventLogError(.unavailable, "away") }
    }

    func append(_ records: [LogRecord]) async -> [Result<LogPosition, EventLogError>] { await log.append(records) }
    func consumer(
        group: String, topics: [String], starts: PartitionStarts?
    ) async throws(EventLogError) -> any EventConsumer {
        try await log.consumer(group: group, topics: topics, starts: starts)
    }
    func read(topic: String, partition: Int32, from offset: Int64, limit: Int) async throws(EventLogError)
        -> [StoredRecord]
    {
        try check()
        return try await log.read(topic: topic, partition: partition, from: offset, limit: limit)
    }
    func offset(topic: String, partition: Int32, at timestamp: Int64) async throws(EventLogError) -> Int64 {
        try await log.offset(topic: topic, partition: partition, at: timestamp)
    }
    func ranges(topic: String) async throws(EventLogError) -> [PartitionRange] {
        try check()
        return try await log.ranges(topic: topic)
    }
    func topics() async throws(EventLogError) -> [TopicDescription] { try await log.topics() }
    func create(_ topics: [TopicDeclaration]) async throws(EventLogError) { try await log.create(topics) }
    func committedOffsets(group: String) async throws(EventLogError) -> [LogPosition] {
        try await log.committedOffsets(group: group)
    }
    func groups() async throws(EventLogError) -> [String] { try await log.groups() }
    func members(group: String) async throws(EventLogError) -> GroupMembers { try await log.members(group: group) }
    func moveOffsets(group: String, to positions: [LogPosition]) async throws(EventLogError) {
        try await log.moveOffsets(group: group, to: positions)
    }
    func identity() async throws(EventLogError) -> String {
        try check()
        return try await log.identity()
    }
    func isReachable(within seconds: Double) async -> Bool { !isAway }
    func close() async { await log.close() }
}
