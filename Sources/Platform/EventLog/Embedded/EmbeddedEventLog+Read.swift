import Headers
import SQLite

extension EmbeddedEventLog {
    package func read(
        topic: String, partition: Int32, from offset: Int64, limit: Int
    ) async throws(EventLogError) -> [StoredRecord] {
        try await reading { connection in
            let id = try Self.topicID(topic, partition: partition, in: connection)
            return try Self.records(
                topic: (id, topic), partition: partition, from: offset, limit: limit, in: connection)
        }
    }

    package func offset(
        topic: String, partition: Int32, at timestamp: Int64
    ) async throws(EventLogError) -> Int64 {
        try await reading { connection in
            let id = try Self.topicID(topic, partition: partition, in: connection)
            let place: [SQLiteValue] = [.integer(id), .integer(Int64(partition))]
            let first = try connection.first(
                // The first of those that are as young, which the index has without the records: times may go back and forth.
                """
                SELECT min(offset) FROM records INDEXED BY records_time
                WHERE topic_id = ? AND partition = ? AND timestamp >= ?
                """, place + [.integer(timestamp)]
            ) { $0.optionalInt(0) }
            if let first = first ?? nil { return first }
            let end = try connection.first(
                "SELECT next FROM partitions WHERE topic_id = ? AND partition = ?", place
            ) { $0.int(0) }
            return end ?? 0
        }
    }

    private static func topicID(
        _ topic: String, partition: Int32, in connection: SQLiteConnection
    ) throws -> Int64 {
        let id = try connection.first(
            """
            SELECT t.topic_id FROM topics t JOIN partitions p ON p.topic_id = t.topic_id
            WHERE t.name = ? AND p.partition = ?
            """, [.text(topic), .integer(Int64(partition))]
        ) { $0.int(0) }
        guard let id else {
            throw EventLogError(.unknownTopic, "there is no topic \(topic), or no partition \(partition)")
        }
        return id
    }

    static func records(
        topic: (id: Int64, name: String), partition: Int32, from offset: Int64, limit: Int,
        in connection: SQLiteConnection
    ) throws -> [StoredRecord] {
        return try connection.rows(
            """
            SELECT offset, timestamp, key, headers, value FROM records
            WHERE topic_id = ? AND partition = ? AND offset >= ? ORDER BY offset LIMIT ?
            """, [.integer(topic.id), .integer(Int64(partition)), .integer(offset), .integer(Int64(limit))],
            upToBytes: EventLogPage.bytes, size: { (record: StoredRecord) in record.size }
        ) { row in
            guard let headers = RecordHeaders(bytes: row.blob(3)) else {
                throw EventLogError(.unavailable, "the headers of \(topic.name)/\(partition)@\(row.int(0)) are damaged")
            }
            return StoredRecord(
                position: LogPosition(topic: topic.name, partition: partition, offset: row.int(0)),
                key: row.optionalBlob(2), headers: headers, value: row.optionalBlob(4), timestamp: row.int(1))
        }
    }
}
