package import EventLog
import Pacing
import Synchronization
package import Telemetry

/// The log as services are given it: nothing is appended and nothing consumed before each of their databases is known to
/// belong to it. A log that is away is asked again until it answers; orders are taken meanwhile, and their events wait.
package final class BoundLog: EventLog {
    /// A log that answers within this long can refuse a start, in seconds.
    private static let moment = 1.5

    private struct State {
        /// Databases that wait for the log's answer.
        var waiting: [ShopDatabase] = []
        var refusal: WrongLog?
        /// Databases that may serve on the log.
        var admitted: [ShopDatabase] = []
        /// Whether somebody asks already.
        var isAsking = false
        /// It did not answer at the start: no more than one of the services waits for that.
        var wasAway = false
        /// Why it can't be said yet whose the log is.
        var trouble: String?
    }

    private let log: any EventLog
    private let logger: Logger
    private let state = Mutex(State())
    private let asking = BackgroundTask()

    private let topics: [TopicDeclaration]

    /// `topics`: those of them that a service writes to are created before it may.
    package init(_ log: any EventLog, topics: [TopicDeclaration] = [], logger: Logger) {
        self.log = log
        self.topics = topics
        self.logger = logger
    }

    /// A service's database, before it serves. Throws `WrongLog` where the log answers and is another's; where it does not
    /// answer, it is asked later on.
    package func admit(_ database: ShopDatabase) async throws {
        if !state.withLock({ $0.wasAway }), await log.isReachable(within: Self.moment) {
            do {
                return try await admitNow(database)
            } catch let error as EventLogError {
                // It went away again, or refuses something.
                note(error)
            }
        }
        let mustAsk = state.withLock { state in
            state.wasAway = true
            state.waiting.append(database)
            defer { state.isAsking = true }
            return !state.isAsking
        }
        if mustAsk { asking.start { await self.ask() } }
    }

    /// A broker makes a topic that it is sent a record for, by default, with one partition and for a week.
    private func admitNow(_ database: ShopDatabase) async throws {
        try await database.admit(to: log)
        let own = topics.filter { database.description.isOrigin && database.description.topic == $0.name }
        if !own.isEmpty {
            let existing = try await log.existing(own.map(\.name))
            let missing = own.filter { !existing.contains($0.name) }
            if !missing.isEmpty { try await log.create(missing) }
        }
        state.withLock { $0.admitted.append(database) }
    }

    private func ask() async {
        var backoff = Backoff()
        while !Task.isCancelled, let database = next() {
            do {
                try await admitNow(database)
                state.withLock { _ = $0.waiting.removeFirst() }
                backoff.reset()
            } catch let refusal as WrongLog {
                state.withLock { $0.refusal = refusal }
                logger.error("nothing is published or consumed", ["error": refusal.description])
                return
            } catch {
                note(error)
                try? await Task.sleep(for: backoff.next())
            }
        }
    }

    /// nil: there is none, and who comes next asks by himself.
    private func next() -> ShopDatabase? {
        state.withLock { state in
            if state.waiting.isEmpty { (state.isAsking, state.trouble) = (false, nil) }
            return state.waiting.first
        }
    }

    private func note(_ error: any Error) {
        let text = (error as? EventLogError)?.message ?? "\(error)"
        let isNew = state.withLock { state in
            defer { state.trouble = text }
            return state.trouble != text
        }
        if isNew { logger.warning("it can't be found out yet whose the log is; trying again", ["error": text]) }
    }

    /// Why the log is not used, for `/health`; nil when it is.
    package var refusal: String? { state.withLock { $0.refusal?.description } }

    /// The databases that are known to belong to the log by now.
    package var admitted: [ShopDatabase] { state.withLock { $0.admitted } }

    private func check() throws(EventLogError) {
        let (refusal, isWaiting, trouble) = state.withLock { ($0.refusal, !$0.waiting.isEmpty, $0.trouble) }
        if let refusal { throw EventLogError(.unavailable, refusal.description) }
        if isWaiting {
            throw EventLogError(
                .unavailable, "the log has not said yet whose it is" + (trouble.map { ": \($0)" } ?? ""))
        }
    }

    // MARK: - EventLog

    package func append(_ records: [LogRecord]) async -> [Result<LogPosition, EventLogError>] {
        do throws(EventLogError) {
            try check()
        } catch {
            return records.map { _ in .failure(error) }
        }
        return await log.append(records)
    }

    package func probe(_ records: [LogRecord]) async -> [Result<LogPosition, EventLogError>] {
        do throws(EventLogError) {
            try check()
        } catch {
            return records.map { _ in .failure(error) }
        }
        return await log.probe(records)
    }

    package func consumer(
        group: String, topics: [String], starts: PartitionStarts?
    ) async throws(EventLogError) -> any EventConsumer {
        try check()
        return try await log.consumer(group: group, topics: topics, starts: starts)
    }

    package func close() async {
        await asking.stop()
        await log.close()
    }

    // What only looks is passed on.

    package func identity() async throws(EventLogError) -> String { try await log.identity() }

    package func read(
        topic: String, partition: Int32, from offset: Int64, limit: Int
    ) async throws(EventLogError) -> [StoredRecord] {
        try await log.read(topic: topic, partition: partition, from: offset, limit: limit)
    }

    package func offset(topic: String, partition: Int32, at timestamp: Int64) async throws(EventLogError) -> Int64 {
        try await log.offset(topic: topic, partition: partition, at: timestamp)
    }

    package func partitions(of topic: String) async throws(EventLogError) -> Int32 {
        try await log.partitions(of: topic)
    }

    package func ranges(topic: String) async throws(EventLogError) -> [PartitionRange] {
        try await log.ranges(topic: topic)
    }

    package func topics() async throws(EventLogError) -> [TopicDescription] { try await log.topics() }

    package func describe(_ topics: [String]) async throws(EventLogError) -> [TopicDescription] {
        try await log.describe(topics)
    }

    package func existing(_ topics: [String]) async throws(EventLogError) -> Set<String> {
        try await log.existing(topics)
    }

    /// Not on the log of another shop.
    package func create(_ topics: [TopicDeclaration]) async throws(EventLogError) {
        if let refusal { throw EventLogError(.unavailable, refusal) }
        try await log.create(topics)
    }

    package func committedOffsets(group: String) async throws(EventLogError) -> [LogPosition] {
        try await log.committedOffsets(group: group)
    }

    package func groups() async throws(EventLogError) -> [String] { try await log.groups() }

    package func members(group: String) async throws(EventLogError) -> GroupMembers {
        try await log.members(group: group)
    }

    package func moveOffsets(group: String, to positions: [LogPosition]) async throws(EventLogError) {
        try check()
        try await log.moveOffsets(group: group, to: positions)
    }

    package var unsent: Int { log.unsent }

    package func isReachable(within seconds: Double) async -> Bool { await log.isReachable(within: seconds) }
}
