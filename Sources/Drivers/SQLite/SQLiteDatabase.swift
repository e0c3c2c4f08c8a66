package import ConnectionThreads
internal import Deadlines
internal import Synchronization

/// A SQLite file: one writing connection and a few that read beside it, each on a thread of its own. Reads for requests,
/// which are those with a `RequestDeadline`, and the services' own have different threads, so that neither waits for the other.
///
/// In WAL mode with synchronous=FULL: what `write` has returned from survives a power failure, and readers see what is
/// committed without waiting for the writer. Neither queue has a bound of its own: callers must have one (batches do).
/// `close` must be called.
package final class SQLiteDatabase: Sendable {
    package enum Role: Sendable {
        /// The one process that uses the file. Takes a lock beside it (`PATH.lock`); a second owner is refused.
        case owner
        /// Other processes may write too.
        case shared
        /// For tools beside a running owner. Transactions should be short: the WAL grows while one is open.
        case readOnly
    }

    package let path: String
    private let writer: ConnectionThreads<SQLiteConnection>?
    private let readers: ConnectionThreads<SQLiteConnection>
    /// For the services' own work; nil: the same as for requests.
    private let workReaders: ConnectionThreads<SQLiteConnection>?
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
        migrations: [SQLiteMigration] = []
    ) async throws(SQLiteError) {
        precondition(readers >= 1, "somebody must read")
        precondition(migrations.map(\.version) == Array(1..<migrations.count + 1), "migrations are numbered 1, 2, 3 …")
        self.path = path
        lock = role == .owner ? try Self.takeLock(path) : nil
        writer = role == .readOnly ? nil : ConnectionThreads("sqlite-writer", closed: SQLiteError.closed)
        self.readers = ConnectionThreads("sqlite-reader", closed: SQLiteError.closed)
        workReaders = role == .owner ? ConnectionThreads("sqlite-work", closed: SQLiteError.closed) : nil
        let refused = SQLiteError(.other, "the system refuses a thread")
        do throws(SQLiteError) {
            try await writer?.start(refused: refused) { () throws(SQLiteError) in
                let connection = try SQLiteConnection.openWriter(
                    path: path, pageSize: pageSize, hallmark: hallmark, migrations: migrations)
                if role == .owner { connection.analyzeLargeTables() }
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

    /// Runs `body` in one transaction, on the writer's thread, in the order of the calls; rolled back when `body`
    /// throws. When the commit itself fails with `.io`, its outcome is unknown until the row is read back. A cancelled
    /// task's transaction is carried out all the same. Throws `DeadlinePassed` at the request's deadline.
    nonisolated(nonsending) package func write<T: Sendable>(
        _ body: @escaping @Sendable (SQLiteConnection) throws -> T
    ) async throws -> T {
        guard let writer else { throw SQLiteError(.other, "\(path) was opened to be read only") }
        return try await writer.run { [condition] connection in
            let before = connection.allChanges
            do {
                let value = try connection.transaction(body)
                if connection.allChanges != before { condition.wrote() } else { condition.answered() }
                return value
            } catch let error as SQLiteError {
                if let reason = error.reason { condition.failed(reason, error.message) }
                throw error
            }
        }
    }

    /// Runs `body` on a snapshot of what is committed, on one of the readers' threads. Throws `DeadlinePassed` at the
    /// request's deadline.
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

    /// Since when the write that runs has been running; nil: none runs.
    var writerBusySince: ContinuousClock.Instant? { writer?.busySince }

    /// What is wrong when the path no longer names the file that was opened.
    package func missing() -> SQLiteError? {
        let opened = opened.withLock { $0 }
        return opened != nil && FileIdentity(path: path) != opened ? .gone(path) : nil
    }

    /// Waits for what runs, writes the WAL back into the file, releases the lock. Later calls throw `.closed`.
    /// Idempotent.
    package func close() async {
        await readers.stop()
        await workReaders?.stop()
        // The last connection to close does the writing back; a tool that is reading may be later still.
        _ = try? await writer?.run { connection in try connection.script("PRAGMA wal_checkpoint(PASSIVE)") }
        await writer?.stop()
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
