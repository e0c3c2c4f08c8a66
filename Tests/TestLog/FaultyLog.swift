package import EventLog
internal import Synchronization

/// A log that is away, or fails for some records, for as long as a test says; otherwise another.
package final class FaultyLog: EventLog {
    package typealias Fault = @Sendable (LogRecord) -> EventLogError?

    private let log: any EventLog
    private let fault = Mutex<Fault>({ _ in nil })
    private let away = Mutex(false)
    private let lastStarts = Mutex<PartitionStarts?>(nil)
    private let leaderless = Mutex<Set<String>>([])
    private let hidden = Mutex(false)

    package init(_ log: any EventLog) {
        self.log = log
    }

    package func fails(_ new: @escaping Fault) { fault.withLock { $0 = new } }

    /// It answers nothing, but for consumers that it has already.
    package var isAway: Bool {
        get { away.withLock { $0 } }
        set { away.withLock { $0 = newValue } }
    }

    /// What the last consumer asks where to start: to be asked as a rebalance would, of which some logs have none.
    package var starts: PartitionStarts? { lastStarts.withLock { $0 } }

    /// Topics of which a partition has no leader: how far they go can't be said.
    package var withoutLeader: Set<String> {
        get { leaderless.withLock { $0 } }
        set { leaderless.withLock { $0 = newValue } }
    }

    /// Settings of topics are not for this account.
    package var hidesSettings: Bool {
        get { hidden.withLock { $0 } }
        set { hidden.withLock { $0 = newValue } }
    }

    private func check() throws(EventLogError) {
        if isAway { throw EventLogError(.unavailable, "away") }
    }

    package func append(_ records: [LogRecord]) async -> [Result<LogPosition, EventLogError>] {
        let fault = fault.withLock { $0 }
        var results: [Result<LogPosition, EventLogError>] = []
        for record in records {
            if isAway {
                results.append(.failure(EventLogError(.unavailable, "away")))
            } else if let error = fault(record) {
                results.append(.failure(error))
            } else {
                results += await log.append([record])
            }
        }
        return results
    }

    package func consumer(
        group: String, topics: [String], starts: PartitionStarts?
    ) async throws(EventLogError) -> any EventConsumer {
        try check()
        lastStarts.withLock { $0 = starts }
        return try await log.consumer(group: group, topics: topics, starts: starts)
    }

    package func read(
        topic: String, partition: Int32, from offset: Int64, limit: Int
    ) async throws(EventLogError) -> [StoredRecord] {
        try check()
        return try await log.read(topic: topic, partition: partition, from: offset, limit: limit)
    }

    package func offset(topic: String, partition: Int32, at timestamp: Int64) async throws(EventLogError) -> Int64 {
        try check()
        return try await log.offset(topic: topic, partition: partition, at: timestamp)
    }

    package func ranges(topic: String) async throws(EventLogError) -> [PartitionRange] {
        try check()
        if withoutLeader.contains(topic) { throw EventLogError(.unavailable, "a partition has no leader") }
        return try await log.ranges(topic: topic)
    }

    package func topics() async throws(EventLogError) -> [TopicDescription] {
        try check()
        return try await log.topics()
    }

    package func existing(_ topics: [String]) async throws(EventLogError) -> Set<String> {
        try check()
        return try await log.existing(topics)
    }

    package func describe(_ topics: [String]) async throws(EventLogError) -> [TopicDescription] {
        try check()
        if hidesSettings { throw EventLogError(.refused, "settings are not for you") }
        return try await log.describe(topics)
    }

    package func create(_ topics: [TopicDeclaration]) async throws(EventLogError) {
        try check()
        try await log.create(topics)
    }

    package func committedOffsets(group: String) async throws(EventLogError) -> [LogPosition] {
        try check()
        return try await log.committedOffsets(group: group)
    }

    package func groups() async throws(EventLogError) -> [String] {
        try check()
        return try await log.groups()
    }

    package func members(group: String) async throws(EventLogError) -> GroupMembers {
        try check()
        return try await log.members(group: group)
    }

    package func moveOffsets(group: String, to positions: [LogPosition]) async throws(EventLogError) {
        try check()
        try await log.moveOffsets(group: group, to: positions)
    }

    package func identity() async throws(EventLogError) -> String {
        try check()
        return try await log.identity()
    }

    package func isReachable(within seconds: Double) async -> Bool { !isAway }
    package func close() async { await log.close() }
}
