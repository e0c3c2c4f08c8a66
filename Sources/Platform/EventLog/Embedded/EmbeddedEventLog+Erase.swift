import Headers
import SQLite

extension EmbeddedEventLog {
    /// Puts these headers and values in the place of those of the records that stand there. A record that is gone stays gone.
    package func replace(_ records: [StoredRecord]) async throws(EventLogError) {
        do {
            try await database.write { connection in
                for record in records {
                    try connection.execute(
                        """
                        UPDATE records SET headers = ?, value = ?
                        WHERE topic_id = (SELECT topic_id FROM topics WHERE name = ?) AND partition = ? AND offset = ?
                        """,
                        [
                            .blob(record.headers.bytes), .optional(record.value), .text(record.position.topic),
                            .integer(Int64(record.position.partition)), .integer(record.position.offset),
                        ])
                }
            }
        } catch {
            throw Self.error(error)
        }
    }

    /// See `SQLiteDatabase.sweep`.
    package func sweep(within limit: Duration) async throws { try await database.sweep(within: limit) }
}
