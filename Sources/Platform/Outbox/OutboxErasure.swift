import PostgreSQL
import SQLite

/// How what is personal leaves an outbox.
package protocol OutboxErasure: Sendable {
    /// Puts other data in the place of that of these rows, those that are still there.
    func replaceData(of rows: [(position: Int64, data: [UInt8])]) async throws
}

extension SQLiteOutbox: OutboxErasure {
    package func replaceData(of rows: [(position: Int64, data: [UInt8])]) async throws {
        try await database.write { connection in
            for row in rows {
                try connection.execute(
                    "UPDATE outbox SET data = ? WHERE position = ?", [.blob(row.data), .integer(row.position)])
            }
        }
    }
}

extension PostgreSQLOutbox: OutboxErasure {
    package func replaceData(of rows: [(position: Int64, data: [UInt8])]) async throws {
        let rows = rows.sorted { $0.position < $1.position }
        try await database.write { connection in
            for row in rows {
                try connection.run(
                    "UPDATE outbox SET data = $1 WHERE position = $2", [.bytes(row.data), .int(row.position)])
            }
        }
    }
}
