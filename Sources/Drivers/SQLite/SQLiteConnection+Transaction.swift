internal import CSQLite

/// Where a connection stands.
enum TransactionState {
    case none
    case open
    /// SQLite has rolled the transaction back by itself, as it may after a full disk or an I/O error. What followed
    /// would be committed statement by statement, so nothing may follow.
    case lost(SQLiteError)
}

extension SQLiteConnection {
    /// Runs `body` between BEGIN IMMEDIATE and COMMIT; rolled back when either throws.
    func transaction<T>(_ body: (SQLiteConnection) throws -> T) throws -> T {
        try within(Self.toWrite) { connection in
            let result = try body(connection)
            try connection.checkFile()
            return result
        }
    }

    /// Runs `body` on one snapshot of the database.
    func snapshot<T>(_ body: (SQLiteConnection) throws -> T) throws -> T {
        guard let still else { return try within(Self.toRead, body) }
        let result = Result { try within(Self.toRead, body) }
        // What was read half before a change and half after it may be anything, an error too.
        try still.refuseChanged()
        return try result.get()
    }

    private func within<T>(_ begin: String, _ body: (SQLiteConnection) throws -> T) throws -> T {
        try self.begin(begin)
        do {
            let result = try body(self)
            try commit()
            return result
        } catch {
            throw rollBack() ?? error
        }
    }
}

// MARK: - Step by step

extension SQLiteConnection {
    /// A deferred transaction that turns writer after somebody else's commit is refused at once, whatever the timeout; this one
    /// waits its turn first.
    static let toWrite = "BEGIN IMMEDIATE"
    static let toRead = "BEGIN"

    func begin(_ statement: String) throws(SQLiteError) {
        try execute(statement)
        transactionState = .open
    }

    /// A COMMIT that fails (a deferred constraint, a full disk) mostly leaves the transaction open, to be rolled back.
    func commit() throws(SQLiteError) {
        do throws(SQLiteError) {
            try execute("COMMIT")
        } catch {
            // It may have been the sync.
            if error.code & 0xFF == SQLITE_IOERR { log.noteFailed() }
            throw error.ofCommit
        }
        transactionState = .none
    }

    /// Ends a transaction that failed. Answers the error by which SQLite had ended it before, if it did.
    @discardableResult func rollBack() -> SQLiteError? {
        let lost = lostTransaction
        transactionState = .none
        if sqlite3_get_autocommit(handle) == 0 {
            // Statements are reset by now, so this can't fail but by what has failed already.
            try? execute("ROLLBACK")
        }
        return lost
    }

    /// Why the transaction is there no more, though nobody has ended it; nil: it is.
    var lostTransaction: SQLiteError? {
        switch transactionState {
        case .lost(let error): error
        case .open where sqlite3_get_autocommit(handle) != 0:
            SQLiteError(.other, "\(path): a statement ended the transaction that it was part of")
        case .open, .none: nil
        }
    }

    /// An open connection writes on, and reports success, into a file that has been removed or replaced; so look
    /// before the commit. By name, for to open and close the file here would drop SQLite's locks on it.
    func checkFile() throws(SQLiteError) {
        let found = FileIdentity(path: path)
        if file == nil { file = found }
        guard let found, found == file, FileIdentity(path: logPath) != nil else { throw SQLiteError.gone(path) }
    }
}
