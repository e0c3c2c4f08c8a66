internal import ConnectionThreads

extension SQLiteDatabase {
    /// Writes the file anew, so that nothing of deleted or changed rows is left: not in free pages, not in the gaps of pages,
    /// not in the WAL. Other processes may use the file meanwhile, and what they write waits. Takes about a second for each
    /// 100 MB, and as much room again, twice: beside the file, and in the system's folder for temporary files.
    ///
    /// `secure_delete` alone does not do it: pages that were split or joined keep pieces of their rows.
    ///
    /// - Parameter limit: how long other users may stand in the way.
    /// - Throws: `.busy` where they do for longer.
    package func sweep(within limit: Duration) async throws {
        guard let thread = writer?.thread else { throw SQLiteError(.other, "\(path) was opened to be read only") }
        let end = ContinuousClock.now + limit
        while true {
            do {
                try await thread.run { connection in
                    try connection.prepare(.synced)
                    try connection.syncLog()
                    // In memory, as is set otherwise, it would take as much of that as the file has.
                    try connection.script("PRAGMA temp_store = FILE")
                    defer { try? connection.script("PRAGMA temp_store = MEMORY") }
                    try connection.script("VACUUM")
                }
                break
            } catch let error as SQLiteError where error.kind == .busy && ContinuousClock.now < end {
                try await Task.sleep(for: .milliseconds(50))
            } catch {
                // The disk is full, for one: of what it wrote nothing is to stay in the WAL and keep the disk full for others.
                _ = try? await emptyLog(thread)
                throw error
            }
        }
        while try await !emptyLog(thread) {
            guard ContinuousClock.now < end else {
                throw SQLiteError(.busy, "\(path)-wal can't be emptied: somebody reads the database all the time")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Whether the WAL is in the file by now, and empty.
    private func emptyLog(_ thread: ConnectionThreads<SQLiteConnection>) async throws -> Bool {
        do {
            return try await thread.run { connection in
                try connection.syncLog()
                return try connection.first("PRAGMA wal_checkpoint(TRUNCATE)") { $0.int(0) } == 0
            }
        } catch let error as SQLiteError where error.kind == .busy {
            return false
        }
    }
}
