package import EventLog
package import SQLite

/// In a service's SQLite database, beside its inbox.
package struct SQLiteGroupMemory: GroupMemory {
    /// For a migration of the service. Never edited: a change is another constant, for another migration.
    package static let schema = """
        CREATE TABLE bookmarks (
            group_name TEXT NOT NULL,
            topic TEXT NOT NULL,
            partition INTEGER NOT NULL,
            read_offset INTEGER,
            ce_id TEXT,
            fingerprint BLOB,
            horizon_offset INTEGER NOT NULL DEFAULT 0,
            horizon_time INTEGER NOT NULL DEFAULT 0,
            void_offset INTEGER,
            PRIMARY KEY (group_name, topic, partition)
        ) STRICT, WITHOUT ROWID;
        """

    private let database: SQLiteDatabase

    package init(_ database: SQLiteDatabase) {
        self.database = database
    }

    /// In the transaction of the work.
    package static func remember(_ bookmarks: Bookmarks?, in transaction: SQLiteConnection) throws {
        guard let bookmarks else { return }
        for bookmark in bookmarks.list {
            try transaction.execute(
                """
                INSERT INTO bookmarks (group_name, topic, partition, read_offset, ce_id, fingerprint)
                VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET
                    read_offset = excluded.read_offset, ce_id = excluded.ce_id, fingerprint = excluded.fingerprint
                WHERE read_offset IS NULL OR read_offset < excluded.read_offset
                """,
                [
                    .text(bookmarks.group), .text(bookmark.partition.topic), .int(bookmark.partition.partition),
                    .integer(bookmark.offset), .optional(bookmark.eventID), .blob(bookmark.fingerprint),
                ])
        }
    }

    package func remember(_ bookmarks: Bookmarks) async throws {
        try await database.write(.unsynced) { try Self.remember(bookmarks, in: $0) }
    }

    package func secure(now: Bool) async throws { try await database.synced(now: now) }

    package func recall(
        group: String
    ) async throws -> (partitions: [LogPartition: RememberedPartition], isInboxEmpty: Bool) {
        try await database.read { connection in
            let rows = try connection.rows(
                "SELECT \(RememberedPartition.columns) FROM bookmarks WHERE group_name = ?", [.text(group)]
            ) {
                RememberedPartition.row(
                    $0.text(0), $0.int(1), $0.optionalInt(2), $0.optionalText(3), $0.optionalBlob(4),
                    Horizon(offset: $0.int(5), time: $0.int(6)), $0.optionalInt(7))
            }
            let isKnown = try connection.first("SELECT 1 FROM inbox LIMIT 1") { _ in true }
            return (Dictionary(rows) { first, _ in first }, isKnown == nil)
        }
    }

    package func replace(_ partitions: [LogPartition: RememberedPartition], group: String) async throws {
        try await database.write { connection in
            for (partition, remembered) in partitions {
                try connection.execute(
                    "INSERT OR REPLACE INTO bookmarks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    [
                        .text(group), .text(partition.topic), .int(partition.partition),
                        .optional(remembered.bookmark?.offset), .optional(remembered.bookmark?.eventID),
                        .optional(remembered.bookmark?.fingerprint), .integer(remembered.horizon.offset),
                        .integer(remembered.horizon.time), .optional(remembered.voidOffset),
                    ])
            }
        }
    }
}
