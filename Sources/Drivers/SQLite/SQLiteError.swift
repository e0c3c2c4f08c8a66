internal import CSQLite

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// Why SQLite could not do what it was asked.
package struct SQLiteError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What a caller can do about it.
    package enum Kind: Sendable, Equatable {
        /// Another process, or another part of this one, owns the database.
        case inUse
        /// The database was written by a later version of the program.
        case newerThanProgram
        /// Somebody else wrote for longer than the busy timeout: try again.
        case busy
        /// The disk is full. Given space, the database goes on.
        case full
        /// Reading or writing the file failed.
        case io
        /// The file, or its file system, takes no writes.
        case readOnly
        /// The file was removed or replaced while it was open.
        case gone
        /// The file is damaged, or no database.
        case corrupt
        /// A UNIQUE, CHECK, NOT NULL, foreign key or STRICT rule refused the row. The transaction is still open.
        case constraint
        /// `close` was called.
        case closed
        /// As many writes wait as may. It was not looked at: it may be asked for again.
        case tooManyWaiting
        case other
    }

    package var kind: Kind
    /// SQLite's extended result code; 0 when the error is not SQLite's.
    package var code: Int32
    /// For people: what failed and, where that helps, what to do.
    package var message: String
    /// The commit failed in a way that leaves open whether it is there when the file is opened again.
    package var isOutcomeUnknown = false

    package init(_ kind: Kind, code: Int32 = 0, _ message: String) {
        self.kind = kind
        self.code = code
        self.message = message
    }

    package var description: String { message }

    static func gone(_ path: String) -> SQLiteError {
        SQLiteError(.gone, "\(path) or its -wal was removed or replaced while it was open: restart the program")
    }

    static let closed = SQLiteError(.closed, "the database has been closed")
    static let tooManyWaiting = SQLiteError(.tooManyWaiting, "too many writes are waiting")

    /// This error as that of a COMMIT. What was written and could not be synced may survive a power cut or not. What found no room
    /// was not written as a whole, and is nothing.
    var ofCommit: SQLiteError {
        var error = self
        error.isOutcomeUnknown = code & 0xFF == SQLITE_IOERR && (kind != .full || code == Self.syncFailed)
        return error
    }

    /// SQLITE_IOERR_FSYNC, which is no plain number in C.
    private static let syncFailed = SQLITE_IOERR | (4 << 8)
}

extension SQLiteError {
    /// The error that `database` has just had. `task` says what was being done ("open", a statement); `path` names
    /// the file. `database` may be nil when there was not even memory for it.
    static func last(of database: OpaquePointer?, code: Int32, task: String, path: String) -> SQLiteError {
        let text = database.map { String(cString: sqlite3_errmsg($0)) } ?? String(cString: sqlite3_errstr(code))
        var kind = Kind(code: code)
        // A full disk also shows as one of a dozen I/O errors, when a file is created or mapped for one.
        if kind == .io, let database, [ENOSPC, EDQUOT].contains(sqlite3_system_errno(database)) { kind = .full }
        let advice =
            switch kind {
            case .full: "; the disk is full: free some space"
            case .corrupt: "; the file is damaged or is no database of ours: restore it from a copy"
            case .io, .readOnly: "; check that the file exists, its owner, its permissions and the disk"
            case .busy: "; another process was writing for too long"
            default: ""
            }
        return SQLiteError(kind, code: code, "\(path): \(text) (SQLite \(code)) in \(task.prefix(200))\(advice)")
    }
}

extension SQLiteError.Kind {
    /// `code` may be an extended one.
    init(code: Int32) {
        self =
            switch code & 0xFF {
            case SQLITE_BUSY, SQLITE_LOCKED: .busy
            case SQLITE_FULL: .full
            case SQLITE_READONLY: .readOnly
            case SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_PERM: .io
            case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt
            case SQLITE_CONSTRAINT: .constraint
            default: .other
            }
    }
}

extension SQLiteError {
    /// Why the database takes no writes at all, for everybody; nil for what says nothing about the next one.
    package var reason: String? {
        switch kind {
        case .full: "has no room: the disk is full"
        case .io: "can't be read or written"
        case .readOnly: "is read-only"
        case .gone: "was removed or replaced while it was open"
        case .busy: "is locked by another process"
        // One without a code is of a single row.
        case .corrupt: code == 0 ? nil : "is damaged"
        case .inUse, .newerThanProgram, .constraint, .closed, .tooManyWaiting, .other: nil
        }
    }
}
