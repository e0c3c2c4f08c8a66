import ExactText
import Headers
import SQLite

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

extension EmbeddedEventLog {
    package func append(_ records: [LogRecord]) async -> [Result<LogPosition, EventLogError>] {
        guard !records.isEmpty else { return [] }
        do {
            let results = try await database.write { try Self.append(records, in: $0) }
            wakeConsumers(of: Set(records.map(\.topic)))
            return results
        } catch {
            let error = Self.error(error)
            return records.map { _ in .failure(error) }
        }
    }

    private static let columns = ["topic_id", "partition", "offset", "timestamp", "key", "headers", "value"]

    private static func append(
        _ records: [LogRecord], in connection: SQLiteConnection
    ) throws -> [Result<LogPosition, EventLogError>] {
        var ends = try PartitionEnds(of: Set(records.map { ExactText($0.topic) }), in: connection)
        let now = currentMilliseconds()
        var values: [SQLiteValue] = []
        values.reserveCapacity(records.count * 7)
        let results = records.map { record -> Result<LogPosition, EventLogError> in
            guard let topic = ends.topics[ExactText(record.topic)] else {
                return .failure(EventLogError(.unknownTopic, "there is no topic \(record.topic)"))
            }
            let headers = record.headers.bytes
            let size = record.size
            guard size <= maximumRecord || size - min(ownHeaders(record), ownHeadersRoom) <= maximumRecord else {
                return .failure(
                    EventLogError(.refused, "a record of \(size) bytes; at most \(maximumRecord) are taken"))
            }
            let partition = record.partition ?? choosePartition(record.key, among: topic.partitions)
            guard let offset = ends.take(topic: record.topic, partition: partition) else {
                return .failure(EventLogError(.refused, "\(record.topic) has no partition \(partition)"))
            }
            values.append(.integer(topic.id))
            values.append(.integer(Int64(partition)))
            values.append(.integer(offset))
            values.append(.integer(record.timestamp ?? now))
            values.append(.optional(record.key))
            values.append(.blob(headers))
            values.append(.optional(record.value))
            return .success(LogPosition(topic: record.topic, partition: partition, offset: offset))
        }
        if !values.isEmpty {
            _ = try connection.insert(into: "records", columns, values)
            try ends.save(in: connection)
        }
        return results
    }

    /// What the `dlq.` headers of a record take: where it failed, and its way back. A record that just fits must fit
    /// with them, too.
    private static func ownHeaders(_ record: LogRecord) -> Int {
        RecordHeaders(record.headers.filter { $0.name.hasPrefix("dlq.") }).bytes.count
    }

    private static func choosePartition(_ key: [UInt8]?, among partitions: Int32) -> Int32 {
        key.map { Murmur2.partition(of: $0, among: partitions) } ?? .random(in: 0..<partitions)
    }

    static func currentMilliseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}

/// The next offsets of some topics' partitions, in a transaction.
private struct PartitionEnds {
    struct Topic {
        var id: Int64
        var partitions: Int32
    }
    private(set) var topics: [ExactText: Topic] = [:]
    private var next: [ExactText: [Int64]] = [:]
    private var changed: Set<LogPosition> = []

    init(of names: Set<ExactText>, in connection: SQLiteConnection) throws {
        for name in names {
            let rows = try connection.rows(
                """
                SELECT t.topic_id, p.next FROM topics t JOIN partitions p ON p.topic_id = t.topic_id
                WHERE t.name = ? ORDER BY p.partition
                """, [.text(name.string)]
            ) { ($0.int(0), $0.int(1)) }
            guard let id = rows.first?.0 else { continue }
            topics[name] = Topic(id: id, partitions: Int32(rows.count))
            next[name] = rows.map(\.1)
        }
    }

    /// nil when there is no such partition.
    mutating func take(topic: String, partition: Int32) -> Int64? {
        let name = ExactText(topic)
        guard let offset = next[name].flatMap({ $0.indices.contains(Int(partition)) ? $0[Int(partition)] : nil })
        else { return nil }
        next[name]?[Int(partition)] = offset + 1
        changed.insert(LogPosition(topic: topic, partition: partition, offset: 0))
        return offset
    }

    func save(in connection: SQLiteConnection) throws {
        for position in changed {
            let name = ExactText(position.topic)
            guard let topic = topics[name], let next = next[name]?[Int(position.partition)] else {
                continue
            }
            try connection.execute(
                "UPDATE partitions SET next = ? WHERE topic_id = ? AND partition = ?",
                [.integer(next), .integer(topic.id), .integer(Int64(position.partition))])
        }
    }
}
