internal import Synchronization

extension PostgreSQLDatabase {
    /// Whether a commit is on the disk before anybody hears of it.
    package enum Commit: Sendable, Hashable {
        /// As the server is set: what `write` has returned from survives a power cut.
        case synced
        /// It is on the disk soon, and none later is there without it. For what a power cut may undo: nothing outside the
        /// database may rest on it.
        case unsynced
    }

    /// Commits that were not synced are numbered as they end, from 1 on.
    struct Commits {
        private(set) var unsynced = 0
        private(set) var synced = 0

        mutating func noteUnsynced() { unsynced += 1 }

        /// A commit was synced that began when `before` others had ended.
        mutating func noteSynced(_ before: Int) { synced = max(synced, before) }
    }

    /// Returns once all that was committed before survives a power cut. Writes a record into the server's log where no commit has made
    /// sure of it since.
    package func synced() async throws {
        let before = commits.withLock { $0.synced < $0.unsynced ? $0.unsynced : nil }
        guard let before else { return }
        try await write { connection in
            // A transaction that changes nothing waits for no disk.
            let record = PostgreSQLStatement("SELECT pg_logical_emit_message(true, 'orderlog', ''::text)")
            _ = try connection.runLast([record])
        }
        commits.withLock { $0.noteSynced(before) }
    }
}
