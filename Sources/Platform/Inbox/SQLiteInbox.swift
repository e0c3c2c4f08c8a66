package import Identifiers
package import SQLite
import Timestamps

/// The inbox in a service's SQLite database: the events whose effect is committed.
package enum SQLiteInbox {
    /// For a migration of the service. Never edited: a change is another constant, for another migration.
    package static let schema = """
        CREATE TABLE inbox (
            event_id BLOB PRIMARY KEY,
            received_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    /// Notes events in the caller's transaction, which also holds their effect; answers those that were not there yet.
    package static func enter(_ events: [Identifier], in transaction: SQLiteConnection) throws -> Set<Identifier> {
        let now = Timestamp.now().milliseconds
        var fresh: Set<Identifier> = []
        for event in Set(events).sorted() {
            try transaction.execute(
                "INSERT INTO inbox (event_id, received_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
                [.uuid(event.high, event.low), .integer(now)])
            if transaction.changes == 1 { fresh.insert(event) }
        }
        return fresh
    }

    /// Takes events back that were entered in the caller's transaction: they are refused.
    package static func remove(_ events: Set<Identifier>, in transaction: SQLiteConnection) throws {
        for event in events.sorted() {
            try transaction.execute("DELETE FROM inbox WHERE event_id = ?", [.uuid(event.high, event.low)])
        }
    }
}
