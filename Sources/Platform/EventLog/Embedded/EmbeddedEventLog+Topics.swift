import SQLite

extension EmbeddedEventLog {
    package func topics() async throws(EventLogError) -> [TopicDescription] {
        try await reading { connection in
            try connection.rows(
                """
                SELECT t.name, count(*), t.retention FROM topics t JOIN partitions p ON p.topic_id = t.topic_id
                GROUP BY t.topic_id ORDER BY t.name
                """
            ) { row in
                TopicDescription(
                    name: row.text(0), partitions: Int32(row.int(1)), replicationFactor: 1,
                    retention: row.optionalInt(2), compacted: false)
            }
        }
    }

    package func create(_ topics: [TopicDeclaration]) async throws(EventLogError) {
        do {
            try await database.write { connection in
                for topic in topics {
                    try connection.execute(
                        "INSERT INTO topics (name, retention) VALUES (?, ?) ON CONFLICT DO NOTHING",
                        [.text(topic.name), .optional(topic.retention)])
                    guard connection.changes == 1 else { continue }
                    let id = connection.lastInsertedRowID
                    for partition in 0..<topic.partitions {
                        try connection.execute(
                            "INSERT INTO partitions (topic_id, partition) VALUES (?, ?)",
                            [.integer(id), .integer(Int64(partition))])
                    }
                }
            }
        } catch {
            throw Self.error(error)
        }
        wakeConsumers()
    }

    /// How long records are kept is all that there is to be set.
    package func change(_ topic: String, to settings: [TopicSetting]) async throws(EventLogError) {
        do {
            try await database.write { connection in
                for setting in settings {
                    guard setting.name == .retention, let retention = Int64(setting.value) else {
                        throw EventLogError(.refused, "the embedded log has no setting \(setting.name.rawValue)")
                    }
                    try connection.execute(
                        "UPDATE topics SET retention = ? WHERE name = ?",
                        [.optional(retention < 0 ? nil : retention), .text(topic)])
                    guard connection.changes == 1 else {
                        throw EventLogError(.unknownTopic, "there is no topic \(topic)")
                    }
                }
            }
        } catch {
            throw Self.error(error)
        }
    }

    package func ranges(topic: String) async throws(EventLogError) -> [PartitionRange] {
        try await reading { connection in
            let ranges = try connection.rows(
                """
                SELECT p.partition, p.earliest, p.next FROM topics t JOIN partitions p ON p.topic_id = t.topic_id
                WHERE t.name = ? ORDER BY p.partition
                """, [.text(topic)]
            ) { PartitionRange(partition: Int32($0.int(0)), earliest: $0.int(1), end: $0.int(2)) }
            if ranges.isEmpty { throw EventLogError(.unknownTopic, "there is no topic \(topic)") }
            return ranges
        }
    }

    /// Removes records older than their topic's retention, in small transactions.
    func removeExpired() async {
        let now = Self.currentMilliseconds()
        var removed = 1
        while removed > 0, !Task.isCancelled {
            removed = (try? await database.write { try Self.removeExpired(before: now, limit: 1_000, in: $0) }) ?? 0
        }
    }

    private static func removeExpired(before now: Int64, limit: Int, in connection: SQLiteConnection) throws -> Int {
        let partitions = try connection.rows(
            """
            SELECT p.topic_id, p.partition, p.earliest, p.next, t.retention
            FROM partitions p JOIN topics t ON t.topic_id = p.topic_id
            WHERE t.retention IS NOT NULL AND p.earliest < p.next
            """
        ) { (topic: $0.int(0), partition: $0.int(1), earliest: $0.int(2), next: $0.int(3), retention: $0.int(4)) }
        var removed = 0
        for partition in partitions {
            let place: [SQLiteValue] = [.integer(partition.topic), .integer(partition.partition)]
            // Up to the first record that is young enough: what is behind it stays, however old it says it is. (+: by offset,
            // from the oldest on, and not by the time of all that are young.)
            let young = try connection.first(
                """
                SELECT offset FROM records
                WHERE topic_id = ? AND partition = ? AND +timestamp >= ? ORDER BY offset LIMIT 1
                """, place + [.integer(now - partition.retention)]
            ) { $0.int(0) }
            let earliest = min(young ?? partition.next, partition.earliest + Int64(limit - removed))
            guard earliest > partition.earliest else { continue }
            try connection.execute(
                "DELETE FROM records WHERE topic_id = ? AND partition = ? AND offset < ?", place + [.integer(earliest)])
            removed += connection.changes
            try connection.execute(
                "UPDATE partitions SET earliest = ? WHERE topic_id = ? AND partition = ?", [.integer(earliest)] + place)
        }
        return removed
    }

    func reading<Value: Sendable>(
        _ body: @escaping @Sendable (SQLiteConnection) throws -> Value
    ) async throws(EventLogError) -> Value {
        do {
            return try await database.read(body)
        } catch {
            throw Self.error(error)
        }
    }
}
