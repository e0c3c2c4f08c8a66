internal import CSQLite
internal import Glibc

extension SQLiteConnection {
    /// How long a statement waits for another process's lock, in milliseconds.
    private static let busyTimeout: Int32 = 5_000

    /// To be done once, before anything else in SQLite. If some other part of the process was faster, then statistics
    /// stay on and cost a little.
    private static let configured: Bool = csqlite_disable_memory_statistics() == SQLITE_OK

    /// Pages that a connection keeps, in KiB. `up` has four databases with four connections each, and the system keeps the pages,
    /// too: one that is not here costs a microsecond or two (docs/decisions/memory.md).
    private static let writerCache = 2_048
    private static let readerCache = 512

    /// What SQLite puts aside while a statement runs, a statement's journal above 64 kB for one, would go to /var/tmp or /tmp:
    /// other disks, that may be full while this one has room. It is a few batches' rows at most.
    private static let inMemory = "PRAGMA temp_store = MEMORY;"

    /// The one connection that writes. Creates the file; runs the migrations that it lacks; refuses, untouched, a file
    /// that is newer than they are.
    ///
    /// Of several that open a new file at once, one can be told at once that the file is locked: two that want to change its
    /// journal mode would wait for each other, and SQLite's own waiting gives no turns. So it begins again, for twice as long
    /// as a statement would wait.
    static func openWriter(
        path: String, pageSize: Int, hallmark: String?, migrations: [SQLiteMigration]
    ) throws(SQLiteError) -> SQLiteConnection {
        FilePermissions.makePrivate(database: path)
        let end = ContinuousClock.now + .milliseconds(2 * busyTimeout)
        while true {
            do throws(SQLiteError) {
                return try openWriterOnce(path: path, pageSize: pageSize, hallmark: hallmark, migrations: migrations)
            } catch {
                guard error.kind == .busy, ContinuousClock.now < end else { throw error }
                usleep(.random(in: 1_000...20_000))
            }
        }
    }

    private static func openWriterOnce(
        path: String, pageSize: Int, hallmark: String?, migrations: [SQLiteMigration]
    ) throws(SQLiteError) -> SQLiteConnection {
        let connection = try open(
            path: path, flags: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, files: GatheringFiles.name)
        connection.gatherCommits()
        do throws(SQLiteError) {
            // Until the file is known to be ours, closing it leaves its WAL alone.
            try connection.set(SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
            try connection.refuseOthers(than: hallmark)
            try connection.refuseNewer(than: migrations)
            try connection.script(
                """
                PRAGMA page_size = \(pageSize);
                PRAGMA journal_mode = WAL;
                PRAGMA synchronous = FULL;
                PRAGMA foreign_keys = ON;
                PRAGMA journal_size_limit = 67108864;
                PRAGMA cache_size = -\(Self.writerCache);
                PRAGMA secure_delete = FAST;
                \(Self.inMemory)
                """)
            guard try connection.journalMode() == "wal" else {
                throw SQLiteError(.io, "\(path): this file system can't hold a database in WAL mode")
            }
            try connection.migrate(migrations)
            try connection.set(SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)
            connection.file = FileIdentity(path: path)
            connection.watchLog()
            return connection
        } catch {
            connection.close()
            throw error
        }
    }

    /// Statistics for the planner, of the tables that are large. Small ones are to have none: what is right for a few rows would
    /// be done to the million that they become, and without statistics a table is taken to be large. It is no matter when
    /// this fails.
    func analyzeLargeTables() {
        // They are not needed again.
        defer { forgetStatements() }
        do {
            try script("PRAGMA analysis_limit = 400; ANALYZE sqlite_schema")
            let tables = try rows(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
            ) { $0.text(0) }
            for table in tables {
                let isLarge = try first("SELECT 1 FROM \"\(table)\" LIMIT 1 OFFSET 10000") { _ in true } ?? false
                if isLarge {
                    try script("ANALYZE \"\(table)\"")
                } else {
                    try execute("DELETE FROM sqlite_stat1 WHERE tbl = ?", [.text(table)])
                }
            }
        } catch {
            // The disk is full, for one: whoever writes next is told.
        }
    }

    /// A connection that only reads. The file must be there, and when there are migrations, at the last of them.
    static func openReader(
        path: String, hallmark: String?, expecting migrations: [SQLiteMigration]
    ) throws(SQLiteError) -> SQLiteConnection {
        guard FileIdentity(path: path) != nil else {
            throw SQLiteError(.io, code: SQLITE_CANTOPEN, "there is no database at \(path)")
        }
        let connection = try openToRead(path: path)
        do throws(SQLiteError) {
            let version = try connection.schemaVersion()
            if !migrations.isEmpty {
                try connection.refuseOthers(than: hallmark)
                try connection.refuseNewer(than: migrations)
                guard version == migrations.count else {
                    throw SQLiteError(
                        .other,
                        "\(path) has schema version \(version), not \(migrations.count): start its service once")
                }
            }
            try connection.script("PRAGMA cache_size = -\(readerCache); \(Self.inMemory)")
            return connection
        } catch {
            connection.close()
            throw error
        }
    }

    private static func openToRead(path: String) throws(SQLiteError) -> SQLiteConnection {
        let connection = try open(path: path, flags: SQLITE_OPEN_READONLY)
        do throws(SQLiteError) {
            // The first read finds out whether it is a database at all, and whether SQLite has what it needs beside it.
            _ = try connection.schemaVersion()
            return connection
        } catch {
            connection.close()
            guard error.code & 0xFF == SQLITE_CANTOPEN else { throw error }
            guard let still = StillFile(path: path) else { throw withoutNeighbours(error, path) }
            return try openStill(still, path: path)
        }
    }

    private static func openStill(_ still: StillFile, path: String) throws(SQLiteError) -> SQLiteConnection {
        let connection = try open(path: path, name: still.uri, flags: SQLITE_OPEN_READONLY | SQLITE_OPEN_URI)
        do throws(SQLiteError) {
            connection.still = still
            if still.hasLog { try connection.script("PRAGMA locking_mode = EXCLUSIVE") }
            _ = try connection.schemaVersion()
            return connection
        } catch {
            connection.close()
            throw error.code & 0xFF == SQLITE_CANTOPEN ? withoutNeighbours(error, path) : error
        }
    }

    private static func withoutNeighbours(_ error: SQLiteError, _ path: String) -> SQLiteError {
        SQLiteError(
            error.kind, code: error.code,
            """
            \(path) can't be read without its -wal and -shm, which this account may not read: run this as the services' \
            account, or on a copy of the file and its -wal
            """)
    }

    /// `name`: what SQLite is told, where that is not the path. `files`: whose, where not SQLite's own.
    private static func open(
        path: String, name: String? = nil, flags: Int32, files: UnsafePointer<CChar>? = nil
    ) throws(SQLiteError) -> SQLiteConnection {
        _ = configured
        var handle: OpaquePointer?
        // One thread uses the connection: no mutex.
        let code = sqlite3_open_v2(name ?? path, &handle, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, files)
        guard code == SQLITE_OK, let handle else {
            let error = SQLiteError.last(of: handle, code: code, task: "open", path: path)
            sqlite3_close_v2(handle)
            throw error
        }
        let connection = SQLiteConnection(path: path, handle: handle)
        do throws(SQLiteError) {
            // First of all: of several processes that open one new file, those without it fail.
            sqlite3_busy_timeout(handle, busyTimeout)
            // "text" in double quotes is an error, not a string; the schema can't be corrupted by SQL.
            try connection.set(SQLITE_DBCONFIG_DQS_DML, false)
            try connection.set(SQLITE_DBCONFIG_DQS_DDL, false)
            try connection.set(SQLITE_DBCONFIG_DEFENSIVE, true)
            return connection
        } catch {
            connection.close()
            throw error
        }
    }

    private func journalMode() throws(SQLiteError) -> String {
        let mode = try one("PRAGMA journal_mode") { $0.text(0) }
        return mode ?? ""
    }

    func set(_ option: Int32, _ on: Bool) throws(SQLiteError) {
        let code = csqlite_database_option(handle, option, on ? 1 : 0)
        guard code == SQLITE_OK else { throw failure(code, "option \(option)") }
    }
}
