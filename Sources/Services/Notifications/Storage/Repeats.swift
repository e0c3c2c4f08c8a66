package import Identifiers
import SQLite
import Timestamps

/// What is to be told again, deliberately: for each event the number of the repeat. Whoever asks writes it down here
/// before the events are read again; the service makes the notifications in the transaction that notes it as done.
package protocol RepeatRequests: Sendable {
    /// Asks for one more of everything that these events told, where they were handled. An event that waits to be told
    /// again already is not asked for twice. Answers those that are new.
    func ask(again events: [Identifier]) async throws -> [Identifier]

    /// Takes back what was asked for, where nobody was told yet.
    func withdraw(_ events: [Identifier]) async throws
}

enum SQLiteRepeats {
    /// For a migration. Never edited: a change is another constant, for another migration.
    static let schema = """
        ALTER TABLE notifications ADD COLUMN repeat INTEGER NOT NULL DEFAULT 0;
        DROP INDEX notifications_event;
        CREATE UNIQUE INDEX notifications_event ON notifications (event_id, channel, repeat)
            WHERE event_id IS NOT NULL;
        CREATE TABLE repeats (
            event_id BLOB NOT NULL,
            repeat INTEGER NOT NULL,
            asked_at INTEGER NOT NULL,
            made_at INTEGER,
            PRIMARY KEY (event_id, repeat)
        ) STRICT, WITHOUT ROWID;
        CREATE UNIQUE INDEX repeats_waiting ON repeats (event_id) WHERE made_at IS NULL;
        """

    /// The repeats that wait of these events; they are made in the caller's transaction.
    static func take(_ events: [Identifier], in transaction: SQLiteConnection) throws -> [Identifier: Int64] {
        let areAny = try transaction.first("SELECT 1 FROM repeats WHERE made_at IS NULL LIMIT 1") { _ in true }
        guard areAny == true else { return [:] }
        let now = Timestamp.now().milliseconds
        var repeats: [Identifier: Int64] = [:]
        for event in Set(events) {
            let number = try transaction.first(
                "SELECT repeat FROM repeats WHERE event_id = ? AND made_at IS NULL", [.blob(event.bytes)]
            ) { $0.int(0) }
            guard let number else { continue }
            repeats[event] = number
            try transaction.execute(
                "UPDATE repeats SET made_at = ? WHERE event_id = ? AND repeat = ?",
                [.integer(now), .blob(event.bytes), .integer(number)])
        }
        return repeats
    }
}

extension SQLiteNotificationStore: RepeatRequests {
    package func ask(again events: [Identifier]) async throws -> [Identifier] {
        try await database.write { connection in
            let now = Timestamp.now().milliseconds
            var new: [Identifier] = []
            for event in events {
                try connection.execute(
                    """
                    INSERT INTO repeats (event_id, repeat, asked_at)
                    SELECT event_id, (SELECT coalesce(max(repeat), 0) + 1 FROM repeats r WHERE r.event_id = i.event_id), ?
                    FROM inbox i WHERE event_id = ? ON CONFLICT DO NOTHING
                    """, [.integer(now), .blob(event.bytes)])
                if connection.changes > 0 { new.append(event) }
            }
            return new
        }
    }

    package func withdraw(_ events: [Identifier]) async throws {
        try await database.write { connection in
            for event in events {
                try connection.execute(
                    "DELETE FROM repeats WHERE event_id = ? AND made_at IS NULL", [.blob(event.bytes)])
            }
        }
    }
}
