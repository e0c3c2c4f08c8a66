package import SQLite
import Timestamps

/// An outbox row as audit sees it.
package struct OutboxEntry: Sendable, Hashable {
    package var row: OutboxRow
    package var isPublished: Bool
    /// Why the log refuses it.
    package var refused: String?
}

/// What audit reads of an outbox.
package protocol OutboxReader: Sendable {
    /// The rows behind a position, published or not, up to `limit`, in the order of their positions.
    func entries(after position: Int64, limit: Int) async throws -> [OutboxEntry]
}

extension SQLiteOutbox: OutboxReader {
    package func entries(after position: Int64, limit: Int) async throws -> [OutboxEntry] {
        try await database.read { try Self.entries(after: position, limit: limit, in: $0) }
    }

    package static func entries(
        after position: Int64, limit: Int, in connection: SQLiteConnection
    ) throws -> [OutboxEntry] {
        try connection.rows(
            """
            SELECT \(columns), published_at IS NOT NULL, refused FROM outbox
            WHERE position > ? ORDER BY position LIMIT ?
            """, [.integer(position), .integer(Int64(clamping: limit))]
        ) { row in
            OutboxEntry(row: try read(row), isPublished: row.int(9) == 1, refused: row.optionalText(10))
        }
    }
}
