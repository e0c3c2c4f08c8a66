import SQLite

extension EmbeddedEventLog {
    /// Numbered, in order, and never edited after they landed.
    static let migrations = [
        SQLiteMigration(version: 1, name: "log", sql: schema),
        SQLiteMigration(version: 2, name: "identity", sql: identity),
        SQLiteMigration(version: 3, name: "records by time", sql: byTime),
        SQLiteMigration(version: 4, name: "moved", sql: moved),
    ]

    private static let identity = """
        CREATE TABLE identity (log_id TEXT NOT NULL) STRICT;
        INSERT INTO identity (log_id) VALUES (lower(hex(randomblob(16))));
        """

    /// Where the log's records went; milliseconds since 1970.
    private static let moved = """
        ALTER TABLE identity ADD COLUMN moved_to TEXT;
        ALTER TABLE identity ADD COLUMN moved_at INTEGER;
        """

    /// For `offset(topic:partition:at:)`.
    private static let byTime = "CREATE INDEX records_time ON records (topic_id, partition, timestamp)"

    private static let schema = """
        CREATE TABLE topics (
            topic_id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            retention INTEGER
        ) STRICT;
        CREATE TABLE partitions (
            topic_id INTEGER NOT NULL REFERENCES topics,
            partition INTEGER NOT NULL,
            earliest INTEGER NOT NULL DEFAULT 0,
            next INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (topic_id, partition)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE records (
            topic_id INTEGER NOT NULL,
            partition INTEGER NOT NULL,
            offset INTEGER NOT NULL,
            timestamp INTEGER NOT NULL,
            key BLOB,
            headers BLOB NOT NULL,
            value BLOB,
            PRIMARY KEY (topic_id, partition, offset)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE group_offsets (
            group_name TEXT NOT NULL,
            topic_id INTEGER NOT NULL REFERENCES topics,
            partition INTEGER NOT NULL,
            offset INTEGER NOT NULL,
            PRIMARY KEY (group_name, topic_id, partition)
        ) STRICT, WITHOUT ROWID;
        """
}
