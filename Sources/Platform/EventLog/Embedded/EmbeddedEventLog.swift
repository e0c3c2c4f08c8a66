import Pacing
import SQLite
import Synchronization

/// Where a partition ends.
struct PartitionEnd: Sendable {
    var partition: LogPartition
    /// The offset that its next record gets.
    var next: Int64
}

/// The log in a SQLite file, for one machine: the same offsets, groups and timestamps as Kafka, durable by fsync. Other
/// processes may read and append while services run.
package final class EmbeddedEventLog: EventLog {
    /// A record's key, headers and value; as `message.max.bytes` on Kafka.
    static let maximumRecord = 4 << 20
    /// What headers of dead letters may take above it.
    static let ownHeadersRoom = 64 << 10
    /// How often to look for what other processes appended.
    private static let lookForOthers: Duration = .milliseconds(500)
    private static let cleanUpEvery: Duration = .seconds(60)

    let database: SQLiteDatabase
    /// Of the SQLite file.
    package let path: String

    private struct State {
        var consumers: [ObjectIdentifier: EmbeddedEventConsumer] = [:]
        var tasks: [Task<Void, Never>] = []
        /// The sum of all offsets when it was last looked what others had appended.
        var seenEnd: Int64 = -1
        var isClosed = false
    }
    private let state = Mutex(State())

    /// - Parameters:
    ///   - isReadOnly: for tools. Nothing is created, migrated, removed or appended, and nobody can consume; a log that is not
    ///     at the last migration is refused.
    ///   - takesMoved: also a log that lives on elsewhere, which is refused else (`.refused`).
    package init(path: String, isReadOnly: Bool = false, takesMoved: Bool = false) async throws(EventLogError) {
        self.path = path
        do {
            // An event has about 1 kB: in pages of 4 kB each would take one of its own.
            database = try await SQLiteDatabase(
                path: path, role: isReadOnly ? .readOnly : .shared, pageSize: 8_192, migrations: Self.migrations)
        } catch {
            throw Self.error(error)
        }
        if !takesMoved {
            do throws(EventLogError) {
                try await refuseMoved()
            } catch {
                await database.close()
                throw error
            }
        }
        let watching = Task { [weak self] in
            while !Task.isCancelled {
                try? await Task.sleep(for: Self.lookForOthers)
                await self?.wakeIfOthersAppended()
            }
        }
        state.withLock { $0.tasks = [watching] }
        if isReadOnly { return }
        let cleaning = Task { [weak self] in
            while !Task.isCancelled {
                await self?.removeExpired()
                try? await Task.sleep(for: Self.cleanUpEvery)
            }
        }
        state.withLock { $0.tasks.append(cleaning) }
    }

    // MARK: - Consuming

    package func consumer(
        group: String, topics: [String], starts: PartitionStarts?
    ) async throws(EventLogError) -> any EventConsumer {
        if state.withLock({ $0.isClosed }) { throw EventLogError(.closed, "the log is closed") }
        let lock = try lock(group: group)
        let consumer = EmbeddedEventConsumer(log: self, group: group, topics: topics, starts: starts, lock: lock)
        state.withLock { $0.consumers[ObjectIdentifier(consumer)] = consumer }
        return consumer
    }

    /// The lock that the one member of a group holds.
    func lock(group: String) throws(EventLogError) -> FileLock {
        do throws(SQLiteError) {
            return try FileLock(path: lockPath(group: group))
        } catch {
            guard error.kind == .inUse else { throw Self.error(error) }
            throw EventLogError(
                .groupInUse, "the group \(group) has a member already; the embedded log has room for one")
        }
    }

    func lockPath(group: String) -> String { "\(path).group-\(Self.fileName(group)).lock" }

    func left(_ consumer: EmbeddedEventConsumer) {
        state.withLock { _ = $0.consumers.removeValue(forKey: ObjectIdentifier(consumer)) }
    }

    /// Those that read one of these topics, which got something; nil: all.
    func wakeConsumers(of topics: Set<String>? = nil) {
        for consumer in state.withLock({ Array($0.consumers.values) }) { consumer.wake(topics) }
    }

    /// What this process appended is known to its consumers, nearly always: those that have read all of it are left alone.
    private func wakeIfOthersAppended() async {
        let seen = state.withLock { $0.seenEnd }
        let news = try? await database.read { connection -> (end: Int64, ends: [PartitionEnd])? in
            let end = try connection.first("SELECT coalesce(sum(next), 0) + count(*) FROM partitions") { $0.int(0) }
            guard let end, end != seen else { return nil }
            return (end, try Self.ends(in: connection))
        }
        guard let news = news ?? nil else { return }
        let consumers = state.withLock { state in
            state.seenEnd = news.end
            return Array(state.consumers.values)
        }
        for consumer in consumers { consumer.wake(ifBehind: news.ends) }
    }

    private static func ends(in connection: SQLiteConnection) throws -> [PartitionEnd] {
        try connection.rows(
            "SELECT t.name, p.partition, p.next FROM topics t JOIN partitions p ON p.topic_id = t.topic_id"
        ) { PartitionEnd(partition: LogPartition(topic: $0.text(0), partition: Int32($0.int(1))), next: $0.int(2)) }
    }

    /// A group's name as part of a file's: what could mean something to the file system becomes hexadecimal.
    private static func fileName(_ group: String) -> String {
        group.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                String(UnicodeScalar(byte))
            default: "%" + String(byte, radix: 16)
            }
        }.joined()
    }

    // MARK: - The end

    package func identity() async throws(EventLogError) -> String {
        let id = try await reading { try $0.first("SELECT log_id FROM identity") { $0.text(0) } }
        guard let id else { throw EventLogError(.unavailable, "\(path) has lost its identity: restore it from a copy") }
        return "file:" + id
    }

    package func isReachable(within seconds: Double) async -> Bool {
        // A file that was removed or replaced is read on, and nothing new is ever in it.
        if database.missing() != nil { return false }
        return (try? await database.read { try $0.first("SELECT 1") { $0.int(0) } }) != nil
    }

    package func close() async {
        let (consumers, tasks) = state.withLock { state in
            defer {
                state.isClosed = true
                state.tasks = []
            }
            return (Array(state.consumers.values), state.tasks)
        }
        for task in tasks { task.cancel() }
        for consumer in consumers { await consumer.close() }
        for task in tasks { await task.value }
        await database.close()
    }

    static func error(_ error: any Error) -> EventLogError {
        switch error {
        case let error as EventLogError: error
        case let error as SQLiteError where error.kind == .closed: EventLogError(.closed, "the log is closed")
        default: EventLogError(.unavailable, "\(error)")
        }
    }
}
