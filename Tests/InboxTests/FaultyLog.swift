import EventLog
import Foundation
import Synchronization

/// The embedded log, where a test says otherwise for some records.
final class FaultyLog: EventLog {
    typealias Fault = @Sendable (LogRecord) -> EventLogError?

    private let log: EmbeddedEventLog
    private let fault = Mutex<Fault>({ _ in nil })

    init(_ log: EmbeddedEventLog) {
        self.log = log
    }

    func fails(_ new: @escaping Fault) { fault.withLock { $0 = new } }

    func append(_ records: [LogRecord]) async -> [Result<LogPosition, EventLogError>] {
        let fault = fault.withLock { $0 }
        var results: [Result<LogPosition, EventLogError>] = []
        for record in records {
            if let error = fault(record) {
                results.append(.failure(error))
            } else {
                results += await log.append([record])
            }
        }
        return results
    }

    func consumer(
        group: String, topics: [String], starts: PartitionStarts?
    ) async throws(EventLogError) -> any EventConsumer {
        try await log.consumer(group: group, topics: topics, starts: starts)
    }
    func read(topic: String, partition: Int32, from offset: Int64, limit: Int) async throws(EventLogError)
        -> [StoredRecord]
    { try await log.read(topic: topic, partition: partition, from: offset, limit: limit) }
    func offset(topic: String, partition: Int32, at timestamp: Int64) async throws(EventLogError) -> Int64 {
        try await log.offset(topic: topic, partition: partition, at: timestamp)
    }
    func ranges(topic: String) async throws(EventLogError) -> [PartitionRange] { try await log.ranges(topic: topic) }
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
    func identity() async throws(EventLogError) -> String { try await log.identity() }
    func isReachable(within seconds: Double) async -> Bool { true }
    func close() async { await log.close() }
}

/// Runs `body` on a log in a temporary folder that is gone after it.
func withLog(_ body: (FaultyLog) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "inbox-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let log = FaultyLog(try await EmbeddedEventLog(path: folder.path + "/log.db"))
    do {
        try await body(log)
    } catch {
        await log.close()
        throw error
    }
    await log.close()
}

struct Failed: Error {
    var what: String
}

/// Waits until `condition` holds; throws after 30 s.
func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(30)
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw Failed(what: what) }
        try await Task.sleep(for: .milliseconds(10))
    }
}
