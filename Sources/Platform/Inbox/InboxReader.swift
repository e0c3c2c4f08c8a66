package import Identifiers
package import SQLite

/// What audit reads of an inbox.
package protocol InboxReader: Sendable {
    /// Those of these events that are in the inbox.
    func entered(_ events: [Identifier]) async throws -> Set<Identifier>

    /// The events of the inbox behind one of them, up to `limit`, sorted.
    func inbox(after event: Identifier?, limit: Int) async throws -> [Identifier]
}

extension SQLiteInbox {
    package static func entered(_ events: [Identifier], in connection: SQLiteConnection) throws -> Set<Identifier> {
        var found: Set<Identifier> = []
        for event in events {
            let isThere = try connection.first(
                "SELECT 1 FROM inbox WHERE event_id = ?", [.blob(event.bytes)]
            ) { _ in true }
            if isThere == true { found.insert(event) }
        }
        return found
    }

    package static func events(
        after event: Identifier?, limit: Int, in connection: SQLiteConnection
    ) throws -> [Identifier] {
        try connection.rows(
            "SELECT event_id FROM inbox WHERE event_id > ? ORDER BY event_id LIMIT ?",
            [.blob(event?.bytes ?? []), .integer(Int64(limit))]
        ) { row in
            guard let id = Identifier(bytes: row.blob(0)) else {
                throw SQLiteError(.corrupt, "an event of the inbox has \(row.blob(0).count) bytes")
            }
            return id
        }
    }
}
