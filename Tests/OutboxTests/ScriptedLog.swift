import EventLog
import Synchronization

/// A log that answers appends as a test says: for troubles that a real one has only now and then. What a real log does
/// with the relay is shown by the system tests.
final class ScriptedLog: EventLog {
    typealias Answer = @Sendable (LogRecord) -> EventLogError?

    private let answer: Mutex<Answer>
    let appended = Mutex<[LogRecord]>([])
    let batches = Mutex<[[LogRecord]]>([])

    init(_ answer: @escaping Answer = { _ in nil }) {
        self.answer = Mutex(answer)
    }

    func answers(_ new: @escaping Answer) { answer.withLock { $0 = new } }

    func append(_ records: [LogRecord]) async -> [Result<LogPosition, EventLogError>] {
        batches.withLock { $0.append(records) }
        let answer = answer.withLock { $0 }
        return records.map { record in
            if let error = answer(record) { return .failure(error) }
            let offset = appended.withLock { appended in
                appended.append(record)
                return appended.count - 1
            }
            return .success(LogPosition(topic: record.topic, partition: 0, offset: Int64(offset)))
        }
    }

    func partitions(of topic: String) async throws(EventLogError) -> Int32 { 12 }

    private var unused: EventLogError { EventLogError(.closed, "this log only takes records") }

    func consumer(
        group: String, topics: [String], starts: PartitionStarts?
    ) async throws(EventLogError) -> any EventConsumer { throw unused }
    func read(topic: String, partition: Int32, from offset: Int64, limit: Int) async throws(EventLogError)
        -> [StoredRecord]
    { throw unused }
    func offset(topic: String, partition: Int32, at timestamp: Int64) async throws(EventLogError) -> Int64 {
        throw unused
    }
    func ranges(topic: String) async throws(EventLogError) -> [PartitionRange] { throw unused }
    func topics() async throws(EventLogError) -> [TopicDescription] { throw unused }
    func create(_ topics: [TopicDeclaration]) async throws(EventLogError) { throw unused }
    func committedOffsets(group: String) async throws(EventLogError) -> [LogPosition] { throw unused }
    func groups() async throws(EventLogError) -> [String] { throw unused }
    func members(group: String) async throws(EventLogError) -> GroupMembers { throw unused }
    func moveOffsets(group: String, to positions: [LogPosition]) async throws(EventLogError) { throw unused }
    func identity() async throws(EventLogError) -> String { throw unused }
    func isReachable(within seconds: Double) async -> Bool { true }
    func close() async {}
}
