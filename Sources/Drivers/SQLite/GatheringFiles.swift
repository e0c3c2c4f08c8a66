internal import CSQLite
internal import Glibc

/// SQLite's own files, but for the write-ahead log: what a commit appends to it goes to the system in a few large writes. SQLite
/// makes two calls a page, 24 bytes of a frame's header and the page; an order's commits have some forty pages.
///
/// Nobody sees the difference. Others look for a frame once the index names it, and SQLite puts it there when the write of the
/// transaction's last page has returned; by then all of it has been written, or that write says why not. What waits is written before
/// anything else is done with the file, and so always in the order in which it came.
///
/// For the connection that writes; see `GatheredLog`.
enum GatheringFiles {
    /// As `sqlite3_open_v2` knows them. nil: SQLite has no files of its own here, or refuses ours.
    nonisolated(unsafe) static let name: UnsafePointer<CChar>? = {
        guard let system = sqlite3_vfs_find(nil) else { return nil }
        let files = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
        files.initialize(to: system.pointee)
        files.pointee.pNext = nil
        files.pointee.zName = UnsafePointer(strdup("orderlog"))
        files.pointee.szOsFile = Int32(GatheredLog.size) + system.pointee.szOsFile
        files.pointee.xOpen = { _, name, file, flags, given in
            guard let system = sqlite3_vfs_find(nil), let open = system.pointee.xOpen, let file else {
                return SQLITE_CANTOPEN
            }
            guard flags & SQLITE_OPEN_WAL != 0 else { return open(system, name, file, flags, given) }
            let log = GatheredLog(file)
            // Where opening fails this stays: there is nothing to close.
            file.pointee.pMethods = nil
            let code = open(system, name, log.file, flags, given)
            if code == SQLITE_OK { log.begin() }
            return code
        }
        guard sqlite3_vfs_register(files, 0) == SQLITE_OK else { return nil }
        return files.pointee.zName
    }()
}

extension SQLiteConnection {
    /// Tells the log when a commit begins, and when it came to nothing. A large transaction writes frames before, and may be rolled back:
    /// these are not gathered, for nobody says when the last one of them has come.
    func gatherCommits() {
        isGathering = true
        let connection = UnsafeMutableRawPointer(handle)
        sqlite3_commit_hook(
            handle,
            { context in
                context.flatMap { GatheredLog(of: OpaquePointer($0)) }?.beginCommit()
                return 0
            }, connection)
        sqlite3_rollback_hook(
            handle, { context in context.flatMap { GatheredLog(of: OpaquePointer($0)) }?.endCommit() }, connection)
    }

    /// Outside a transaction no commit goes on. One that had nothing to write began all the same, and wrote no last frame by which it would
    /// have ended.
    func noteStatementEnd() {
        guard isGathering, sqlite3_get_autocommit(handle) != 0 else { return }
        GatheredLog(of: handle)?.endCommit()
    }
}
