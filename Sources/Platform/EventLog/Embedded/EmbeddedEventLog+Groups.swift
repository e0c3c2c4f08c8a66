import SQLite

extension EmbeddedEventLog {
    package func committedOffsets(group: String) async throws(EventLogError) -> [LogPosition] {
        try await reading { connection in
            try connection.rows(
                """
                SELECT t.name, g.partition, g.offset FROM group_offsets g JOIN topics t ON t.topic_id = g.topic_id
                WHERE g.group_name = ? ORDER BY t.name, g.partition
                """, [.text(group)]
            ) { LogPosition(topic: $0.text(0), partition: Int32($0.int(1)), offset: $0.int(2)) }
        }
    }

    package func groups() async throws(EventLogError) -> [String] {
        try await reading { connection in
            try connection.rows("SELECT DISTINCT group_name FROM group_offsets ORDER BY group_name") { $0.text(0) }
        }
    }

    /// Its one member is the process that holds its lock, and reads every partition of the group's topics.
    package func members(group: String) async throws(EventLogError) -> GroupMembers {
        guard let holder = FileLock.holder(path: lockPath(group: group)) else {
            return GroupMembers(state: "Empty", members: [])
        }
        let partitions = try await reading { connection in
            try connection.rows(
                """
                SELECT t.name, p.partition FROM topics t JOIN partitions p ON p.topic_id = t.topic_id
                WHERE t.topic_id IN (SELECT topic_id FROM group_offsets WHERE group_name = ?)
                ORDER BY t.name, p.partition
                """, [.text(group)]
            ) { LogPosition(topic: $0.text(0), partition: Int32($0.int(1)), offset: 0) }
        }
        return GroupMembers(
            state: "Stable", members: [.init(id: holder, host: "localhost", partitions: partitions)])
    }

    /// Holds the group's lock meanwhile, so that no member can come in between.
    package func moveOffsets(group: String, to positions: [LogPosition]) async throws(EventLogError) {
        let lock = try lock(group: group)
        defer { lock.release() }
        do {
            try await database.write { connection in
                for position in positions {
                    try Self.setOffset(group: group, to: position, in: connection)
                }
            }
        } catch {
            throw Self.error(error)
        }
    }

    static func setOffset(group: String, to position: LogPosition, in connection: SQLiteConnection) throws {
        try connection.execute(
            """
            INSERT INTO group_offsets (group_name, topic_id, partition, offset)
            SELECT ?, topic_id, ?, ? FROM topics WHERE name = ?
            ON CONFLICT DO UPDATE SET offset = excluded.offset
            """,
            [
                .text(group), .integer(Int64(position.partition)), .integer(position.offset), .text(position.topic),
            ])
    }
}
