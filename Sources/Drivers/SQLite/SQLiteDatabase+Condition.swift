package import ConnectionThreads

extension SQLiteDatabase {
    /// Longer than a write waits for another process's lock, no disk takes that is well.
    private static let stalledAfter: Duration = .seconds(6)

    /// Why it takes no writes; nil where nothing is known against it.
    package var trouble: DatabaseCondition.Trouble? {
        if let trouble = condition.trouble { return trouble }
        guard let since = writerBusySince, .now - since > Self.stalledAfter else { return nil }
        return .init(
            reason: "does not answer: a write is waiting for the disk",
            detail: "\(path): a write has been waiting for the disk for \(Int((.now - since) / .seconds(1))) s",
            since: since)
    }

    /// Looks whether the file is still the one that was opened, and notes it where it is not. Writes nothing.
    package func look() async {
        guard condition.trouble == nil, let error = await lookForFile(), let reason = error.reason else { return }
        condition.failed(reason, error.message)
    }

    /// Writes a little, of no other purpose. The condition has noted what came of it when this returns.
    package func probe() async {
        do {
            try await write { connection in
                try connection.execute(
                    "CREATE TABLE IF NOT EXISTS write_probe (id INTEGER PRIMARY KEY, filling BLOB NOT NULL) STRICT")
                // As much as a few orders: a full disk mostly has room for less. Random: what is there already is not written.
                try connection.execute(
                    """
                    INSERT INTO write_probe (id, filling) VALUES (1, randomblob(65536))
                    ON CONFLICT (id) DO UPDATE SET filling = excluded.filling
                    """)
            }
        } catch {
            // It is noted.
        }
    }
}
