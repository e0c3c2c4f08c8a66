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
    /// Runs `body` between BEGIN IMMEDIATE and COMMIT; rolled back when either throws. A deferred transaction that turns
    /// writer after somebody else's commit is refused at once, whatever the timeout; this one waits its turn first.
    func transaction<T>(_ body: (SQLiteConnection) throws -> T) throws -> T {
        try within("BEGIN IMMEDIATE") { connection in
            let result = try body(connection)
            try connection.checkFile()
            return result
        }
    }

    /// Runs `body` on one snapshot of the database.
    func snapshot<T>(_ body: (SQLiteConnection) throws -> T) throws -> T {
        guard let still else { return try within("BEGIN", body) }
        let result = Result { try within("BEGIN", body) }
        // What was read half before a change and half after it may be anything, an error too.
        try still.refuseChanged()
        return try result.get()
    }

    private func within<T>(_ begin: String, _ body: (SQLiteConnection) throws -> T) throws -> T {
        try execute(begin)
        transactionState = .open
        do {
            let result = try body(self)
            // A failed COMMIT (a deferred constraint, a full disk) mostly leaves the transaction open.
            try execute("COMMIT")
            transactionState = .none
            return result
        } catch {
            let lost: SQLiteError? = if case .lost(let reason) = transactionState { reason } else { nil }
            transactionState = .none
            if sqlite3_get_autocommit(handle) == 0 {
                // Statements are reset by now, so this can't fail but by what has failed already.
                try? execute("ROLLBACK")
            }
            throw lost ?? error
        }
    }

    /// An open connection writes on, and reports success, into a file that has been removed or replaced; so look
    /// before the commit. By name, for to open and close the file here would drop SQLite's locks on it.
    private func checkFile() throws(SQLiteError) {
        let found = FileIdentity(path: path)
        if file == nil { file = found }
        guard let found, found == file, FileIdentity(path: path + "-wal") != nil else { throw SQLiteError.gone(path) }
    }
}
