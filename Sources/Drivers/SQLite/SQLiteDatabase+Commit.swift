internal import ConnectionThreads

extension SQLiteDatabase {
    /// Whether a commit is on the disk before anybody hears of it.
    package enum Commit: Sendable, Hashable {
        /// What `write` has returned from survives a power cut. Readers see nothing of it before.
        case synced
        /// It is on the disk within a second, or with the next commit that is synced, and none later is there without it. For what a power
        /// cut may undo: nothing outside the file may rest on it, for readers, and whoever waits, see it before.
        case unsynced
    }

    /// How long a commit that was not synced may wait for one that is: well below a second.
    static let syncAfter: Duration = .milliseconds(800)

    /// Returns once all that was committed before survives a power cut, which is within a second. `now`: it is seen to at once.
    /// Throws where the sync fails, or the database is closed before.
    package func synced(now: Bool = false) async throws {
        guard let writer else { return }
        if now { return try await writer.thread.run { try $0.syncLog() } }
        let isSynced = await withCheckedContinuation { continuation in
            let isAccepted = writer.thread.post { connection in
                connection.log.whenSynced { continuation.resume(returning: $0) }
            }
            if !isAccepted { continuation.resume(returning: false) }
        }
        if !isSynced { throw SQLiteError(.io, "\(path): what was committed last could not be synced") }
    }
}
