internal import CSQLite
internal import Glibc

extension SQLiteConnection {
    /// Frames of the log, of 4 kB as a rule, from which on it is written back into the file.
    private static let longLog = 1_000

    /// Has SQLite tell how long the log is, and write none of it back by itself: it would sync the log as it does, and say nothing of
    /// a failure.
    func watchLog() {
        sqlite3_wal_hook(
            handle,
            { context, _, _, frames in
                guard let context else { return SQLITE_OK }
                Unmanaged<SQLiteConnection>.fromOpaque(context).takeUnretainedValue().log.frames = Int(frames)
                return SQLITE_OK
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// Before a transaction: how it is to be committed. Throws where the log is doubtful and can't be mended, for then nothing
    /// may be promised.
    func prepare(_ commit: SQLiteDatabase.Commit) throws(SQLiteError) {
        if log.isDoubtful { try mendLog() }
        guard log.commit != commit else { return }
        try script(commit == .synced ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL")
        log.commit = commit
    }

    /// After a commit. Where a synced one has written nothing, it did not sync either, and its answer may rest on what others
    /// wrote.
    func noteCommit(changed: Bool) throws(SQLiteError) {
        switch log.commit {
        case .unsynced: if changed { log.noteUnsynced() }
        case .synced: if changed { log.noteSynced() } else { try syncLog() }
        }
    }

    /// All that is committed survives a power cut when this returns.
    func syncLog() throws(SQLiteError) {
        if log.isDoubtful { return try mendLog() }
        guard !log.isSynced else { return }
        let code = csqlite_sync_log(handle)
        guard code == SQLITE_OK else {
            log.noteFailed()
            throw logFailure(code)
        }
        log.noteSynced()
    }

    /// Writes the log anew, and syncs it: after a sync that failed, and when a file is opened, for it may have been left behind by
    /// a program whose sync had failed. SQLite itself writes the failed commit's frames again, and not those before them.
    func mendLog() throws(SQLiteError) {
        try execute(Self.toWrite)
        var code = csqlite_rewrite_log(handle)
        if code == SQLITE_OK { code = csqlite_sync_log(handle) }
        try? execute("ROLLBACK")
        guard code == SQLITE_OK else {
            log.noteFailed()
            throw logFailure(code)
        }
        log.noteSynced()
    }

    /// Writes the log back where it is long; nobody should have to wait for that, so it comes when all have their answers. What is not
    /// synced is not touched. Where it fails, or readers stand in its way, it is tried again with the next commit; it may have been the
    /// log's sync that failed, of which nobody is told a second time.
    func writeBackLongLog() {
        guard log.frames >= Self.longLog, log.isSynced else { return }
        let code = sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
        if code & 0xFF == SQLITE_IOERR { log.noteFailed() }
    }

    private func logFailure(_ code: Int32) -> SQLiteError {
        let isFull = [ENOSPC, EDQUOT].contains(csqlite_log_errno(handle))
        return SQLiteError(
            isFull ? .full : SQLiteError.Kind(code: code), code: code,
            "\(path)-wal can't be synced (SQLite \(code)); \(isFull ? "the disk is full: free some space" : "check the disk")"
        )
    }
}
