package import ConnectionThreads
internal import Deadlines
internal import Synchronization

/// A SQLite file: one writing connection and a few that read beside it, and as many threads; a `WorkThread` uses a free connection
/// itself. Reads for requests, which are those with a `RequestDeadline`, and the services' own have different connections, so that
/// neither waits for the other.
///
/// In WAL mode: what `write` has returned from survives a power failure, unless it was told not to see to that, and readers see
/// what is committed without waiting for the writer. What waits to be read has no bound of its own: callers must have one.
/// `close` must be called.
package final class SQLiteDatabase: Sendable {
    /// Who else may use the file meanwhile.
    package enum Role: Sendable {
        /// The one process that uses the file. Takes a lock beside it (`PATH.lock`); a second owner is refused.
        case owner
        /// Other processes may write too.
        case shared
        /// For tools beside a running owner. Transactions should be short: the WAL grows while one is open.
        case readOnly
    }

    /// As it was given.
    package let path: String
    let writer: SQLiteWriter?
    private let readers: ConnectionThreads<SQLiteConnection>
    /// For the services' own work; nil: the same as for requests.
    private let workReaders: ConnectionThreads<SQLiteConnection>?
    /// Whether it takes writes now, as far as the last calls know.
    package let condition = DatabaseCondition()
    private let opened = Mutex<FileIdentity?>(nil)
    private let lock: FileLock?

    /// Opens the file, creates it (not its folder) when it is not there, and migrates it.
    ///
    /// A file changed by migrations that are not in the list is refused and left as it is. `.readOnly` migrates
    /// nothing: with migrations it refuses a file that is not at the last of them; without any it takes every file.
    ///
    /// - Parameters:
    ///   - path: a file's; memory databases are not supported.
    ///   - readers: connections that read, 1 or more; an owner has one more, for its own work.
    ///   - hallmark: a table that only databases of this kind have: a file that has tables and not this one is refused, and
    ///     left as it is.
    ///   - pageSize: in bytes, of a file that is created: a power of two from 512 to 65,536. Rows of a quarter of it or more
    ///     take further pages of their own.
    /// - Throws: `.inUse`, `.newerThanProgram`, and what opening a file may end with.
    package init(
        path: String, role: Role, readers: Int = 2, pageSize: Int = 4_096, hallmark: String? = nil,
        migrations: [SQLiteMigration] = [], writes: WriteLimits = WriteLimits()
    ) async throws(SQLiteError) {
        precondition(readers >= 1, "somebody must read")
        precondition(migrations.map(\.version) == Array(1..<migrations.count + 1), "migrations are numbered 1, 2, 3 …")
        self.path = path
        lock = role == .owner ? try Self.takeLock(path) : nil
        writer = role == .readOnly ? nil : SQLiteWriter(writes, condition: condition)
        self.readers = ConnectionThreads("sqlite-reader", closed: SQLiteError.closed)
        workReaders = role == .owner ? ConnectionThreads("sqlite-work", closed: SQLiteError.closed) : nil
        let refused = SQLiteError(.other, "the system refuses a thread")
        do throws(SQLiteError) {
            try await writer?.thread.start(refused: refused) { () throws(SQLiteError) in
                let connection = try SQLiteConnection.openWriter(
                    path: path, pageSize: pageSize, hallmark: hallmark, migrations: migrations)
                if role == .owner {
                    do throws(SQLiteError) {
                        try connection.mendLog()
                    } catch {
                        connection.close()
                        throw error
                    }
                    connection.analyzeLargeTables()
                }
                return connection
            }
            opened.withLock { $0 = FileIdentity(path: path) }
            for threads in Array(repeating: self.readers, count: readers) + [workReaders].compactMap(\.self) {
                try await threads.start(refused: refused) { () throws(SQLiteError) in
                    try .openReader(path: path, hallmark: hallmark, expecting: role == .readOnly ? migrations : [])
                }
            }
        } catch {
            await close()
            throw error
        }
    }

    /// Runs `body` in a transaction, on the writing connection, in the order of the calls. Writes that wait at the same time share a
    /// transaction and its commit, each as if it were alone: what `body` throws undoes its own work and no other's.
    ///
    /// `body` may run several times, and its last run counts: it touches nothing but the transaction. It sees what was written before it
    /// and is not yet committed; its caller is told nothing before the commit. A cancelled task's write is carried out all the same.
    ///
    /// - Parameters:
    ///   - commit: see `Commit`. Of writes that share a transaction one that is to be synced decides for all.
    ///   - weight: a measure of its work, lines of orders for one; see `WriteLimits`.
    ///   - committed: called after the commit with what `body` came to, also where nobody waits for it any more, on the thread
    ///     that writes: it is quick.
    /// - Throws: `.tooManyWaiting` for a request; what `body` throws; `DeadlinePassed` at the request's deadline; where the commit
    ///   fails, everybody in it gets its error, with `isOutcomeUnknown` where what was written may be there when the file is opened
    ///   again.
    nonisolated(nonsending) package func write<T: Sendable>(
        _ commit: Commit = .synced, weight: Int = 1, committed: (@Sendable (T) -> Void)? = nil,
        _ body: @escaping @Sendable (SQLiteConnection) throws -> T
    ) async throws -> T {
        guard let writer else { throw SQLiteError(.other, "\(path) was opened to be read only") }
        return try await writer.write(commit, weight: weight, committed: committed, body)
    }

    /// Runs `body` on a snapshot of what is committed, on one of the readers' connections. Throws `DeadlinePassed` at
    /// the request's deadline.
    nonisolated(nonsending) package func read<T: Sendable>(
        _ body: @escaping @Sendable (SQLiteConnection) throws -> T
    ) async throws -> T {
        let threads = RequestDeadline.current == nil ? workReaders ?? readers : readers
        do {
            return try await threads.run { connection in try connection.snapshot(body) }
        } catch is DeadlinePassed {
            // What only reads changes nothing, even where it goes on.
            throw DeadlinePassed(wasBegun: false)
        }
    }

    /// How many writes wait for a transaction.
    package var waitingWrites: Int { writer?.waiting ?? 0 }

    /// Hears what transactions took.
    package var writes: WriteObserver { writer?.observer ?? WriteObserver() }

    /// Since when the write that runs has been running; nil: none runs.
    var writerBusySince: ContinuousClock.Instant? { writer?.thread.busySince }

    /// What is wrong when the path no longer names the file that was opened. Asks the file system, which may take long.
    package func missing() -> SQLiteError? {
        let opened = opened.withLock { $0 }
        return opened != nil && FileIdentity(path: path) != opened ? .gone(path) : nil
    }

    /// As `missing`, on a thread that may wait for the disk. nil also where that has no time for it before the request's
    /// deadline.
    func lookForFile() async -> SQLiteError? {
        do {
            return try await (workReaders ?? readers).run { _ in self.missing() }
        } catch {
            return nil
        }
    }

    /// Waits for what runs, writes the WAL back into the file, releases the lock. Later calls throw `.closed`.
    /// Idempotent.
    package func close() async {
        await readers.stop()
        await workReaders?.stop()
        writer?.close()
        // The last connection to close does the writing back; a tool that is reading may be later still.
        _ = try? await writer?.thread.run { connection in
            try connection.syncLog()
            try connection.script("PRAGMA wal_checkpoint(PASSIVE)")
        }
        await writer?.thread.stop()
        lock?.release()
    }

    private static func takeLock(_ path: String) throws(SQLiteError) -> FileLock {
        do {
            return try FileLock(path: path + ".lock")
        } catch {
            guard error.kind == .inUse else { throw error }
            throw SQLiteError(.inUse, "\(path) is in use (\(error.message)): stop that process first")
        }
    }
}
