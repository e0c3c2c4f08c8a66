package import EventLog
import JSON

/// Brings an export into a log: every record to the partition that it was in, with its timestamp, in the order of the
/// file.
package final class LogImport {
    private static let batch = 1_000

    private let log: any EventLog
    private let topic: String?
    /// Partitions of each topic that records were looked up for.
    private var partitions: [String: Int] = [:]
    private var waiting: [LogRecord] = []
    /// Records that the log has.
    package private(set) var imported = 0
    private var line = 0

    /// `topic`: where all records go; nil: to the topics that they name.
    package init(into log: any EventLog, topic: String?) {
        self.log = log
        self.topic = topic
    }

    /// Reads every line before anything is written: throws for the first that can't be imported.
    package func check(_ bytes: [UInt8]) async throws(EventLogError) {
        line += 1
        let record = try read(bytes)
        let name = topic ?? record.position.topic
        if partitions[name] == nil { partitions[name] = try await log.ranges(topic: name).count }
        guard let count = partitions[name], record.position.partition < count else {
            throw EventLogError(
                .refused,
                "line \(line) is of partition \(record.position.partition), and \(name) has \(partitions[name] ?? 0) here: "
                    + "import into a topic with as many as it came from")
        }
    }

    /// For the second reading of the file.
    package func rewind() { line = 0 }

    /// The topics of the lines that were checked.
    package var topics: [String] { partitions.keys.sorted() }

    /// How many records they hold already.
    package func present() async throws(EventLogError) -> Int64 {
        var count: Int64 = 0
        for topic in topics {
            count += try await log.ranges(topic: topic).reduce(0) { $0 + $1.end - $1.earliest }
        }
        return count
    }

    package func add(_ bytes: [UInt8]) async throws(EventLogError) {
        line += 1
        let record = try read(bytes)
        waiting.append(
            LogRecord(
                topic: topic ?? record.position.topic, partition: record.position.partition, key: record.key,
                headers: record.headers, value: record.value, timestamp: record.timestamp))
        if waiting.count >= Self.batch { try await flush() }
    }

    /// Writes what waits. Throws for the first record that the log did not take; those before it are there.
    package func flush() async throws(EventLogError) {
        let results = await log.append(waiting)
        waiting = []
        for result in results {
            if case .failure(let error) = result { throw error }
            imported += 1
        }
    }

    private func read(_ bytes: [UInt8]) throws(EventLogError) -> StoredRecord {
        do throws(JSONReadError) {
            return try RecordJSON.read(bytes)
        } catch {
            let reason =
                switch error {
                case .syntax(let error): "\(error.message) at byte \(error.offset)"
                case .fields(let errors): errors.map { "\($0.field) \($0.message)" }.joined(separator: "; ")
                }
            throw EventLogError(.refused, "line \(line) is no record of an export: \(reason)")
        }
    }
}
