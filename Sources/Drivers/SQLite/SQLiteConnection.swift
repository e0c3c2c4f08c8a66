internal import CSQLite
internal import ConnectionThreads

/// A connection, as the closures of `SQLiteDatabase.write` and `read` see it: inside a transaction, on one thread at a time.
/// Not to be kept beyond the closure.
package final class SQLiteConnection {
    let path: String
    /// Of its WAL.
    let logPath: String
    let handle: OpaquePointer
    private var statements = StatementCache()
    var inserts = InsertKeys()
    var transactionState = TransactionState.none
    var log = WriteAheadLog()
    /// Of the connection that writes (`gatherCommits`).
    var isGathering = false
    /// The file that was opened, to notice its removal.
    var file: FileIdentity?
    /// What is read without locks, and must not change.
    var still: StillFile?

    /// Adopts an open database.
    init(path: String, handle: OpaquePointer) {
        self.path = path
        logPath = path + "-wal"
        self.handle = handle
    }

    /// Runs one statement, with one value per parameter, to its end. The prepared statement is kept for the next time.
    ///
    /// Values that stand there in brackets are no array: to allocate and destroy one takes as long as to bind what is in it. So each
    /// of these comes twice.
    package func execute<let count: Int>(_ sql: String, _ values: [count of SQLiteValue]) throws(SQLiteError) {
        try run(key: sql, values.span) { sql }
    }

    @_disfavoredOverload
    package func execute(_ sql: String, _ values: [SQLiteValue] = []) throws(SQLiteError) {
        try run(key: sql, values.span) { sql }
    }

    /// The rows that the last INSERT, UPDATE or DELETE changed, without those that triggers changed.
    package var changes: Int { Int(sqlite3_changes64(handle)) }

    /// The rows that all statements of this connection have changed.
    var allChanges: Int64 { sqlite3_total_changes64(handle) }

    package var lastInsertedRowID: Int64 { sqlite3_last_insert_rowid(handle) }

    /// What `row` makes of each row.
    package func rows<T, let count: Int>(
        _ sql: String, _ values: [count of SQLiteValue], _ row: (SQLiteRow) throws -> T
    ) throws -> [T] {
        try rows(sql, values.span, through: { _ in false }, row)
    }

    @_disfavoredOverload
    package func rows<T>(_ sql: String, _ values: [SQLiteValue] = [], _ row: (SQLiteRow) throws -> T) throws -> [T] {
        try rows(sql, values.span, through: { _ in false }, row)
    }

    /// The same, up to the first of which `isLast` says so. Further rows are not computed.
    package func rows<T>(
        _ sql: String, _ values: [SQLiteValue] = [], through isLast: (T) -> Bool, _ row: (SQLiteRow) throws -> T
    ) throws -> [T] {
        try rows(sql, values.span, through: isLast, row)
    }

    private func rows<T>(
        _ sql: String, _ values: Span<SQLiteValue>, through isLast: (T) -> Bool, _ row: (SQLiteRow) throws -> T
    ) throws -> [T] {
        let statement = try acquire(sql, values) { sql }
        defer { release(sql, statement) }
        var results: [T] = []
        while try step(statement, sql) {
            let result = try row(SQLiteRow(statement: statement.handle))
            results.append(result)
            if isLast(result) { break }
        }
        return results
    }

    /// The same, up to the first row with which all have `bytes` together, as `size` says of each. Further rows are not computed.
    package func rows<T>(
        _ sql: String, _ values: [SQLiteValue] = [], upToBytes bytes: Int, size: (T) -> Int,
        _ row: (SQLiteRow) throws -> T
    ) throws -> [T] {
        var total = 0
        return try rows(
            sql, values,
            through: {
                total += size($0)
                return total >= bytes
            }, row)
    }

    /// What `row` makes of the first row; nil when there is none. Further rows are not computed.
    package func first<T, let count: Int>(
        _ sql: String, _ values: [count of SQLiteValue], _ row: (SQLiteRow) throws -> T
    ) throws -> T? {
        try first(sql, values.span, row)
    }

    @_disfavoredOverload
    package func first<T>(_ sql: String, _ values: [SQLiteValue] = [], _ row: (SQLiteRow) throws -> T) throws -> T? {
        try first(sql, values.span, row)
    }

    private func first<T>(
        _ sql: String, _ values: Span<SQLiteValue>, _ row: (SQLiteRow) throws -> T
    ) throws -> T? {
        let statement = try acquire(sql, values) { sql }
        defer { release(sql, statement) }
        return try step(statement, sql) ? try row(SQLiteRow(statement: statement.handle)) : nil
    }

    /// Runs `body` for each row as it comes, holding one at a time.
    package func forEach(
        _ sql: String, _ values: [SQLiteValue] = [], _ body: (SQLiteRow) throws -> Void
    ) throws {
        let statement = try acquire(sql, values.span) { sql }
        defer { release(sql, statement) }
        while try step(statement, sql) { try body(SQLiteRow(statement: statement.handle)) }
    }

    /// Whether there is no table yet, nor anything else.
    package func isEmpty() throws(SQLiteError) -> Bool {
        try one("SELECT 1 FROM sqlite_schema LIMIT 1") { _ in true } == nil
    }

    /// `execute` for generated SQL: `key` is its short name in the cache; `sql` is only made when it is not there.
    func run(key: String, _ values: Span<SQLiteValue>, sql: () -> String) throws(SQLiteError) {
        let statement = try acquire(key, values, sql: sql)
        defer { release(key, statement) }
        while try step(statement, key) {}
    }

    /// `first`, where nothing but SQLite can fail.
    func one<T>(_ sql: String, _ row: (SQLiteRow) -> T) throws(SQLiteError) -> T? {
        let statement = try acquire(sql, Span()) { sql }
        defer { release(sql, statement) }
        return try step(statement, sql) ? row(SQLiteRow(statement: statement.handle)) : nil
    }

    /// Runs any number of statements without values, keeping none.
    func script(_ sql: String) throws(SQLiteError) {
        if case .lost(let error) = transactionState { throw error }
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        noteStatementEnd()
        guard code == SQLITE_OK else { throw failure(code, sql) }
    }

    /// The SQL of the statements that are kept for the next time.
    package var keptStatements: [String] {
        var texts: [String] = []
        var statement = sqlite3_next_stmt(handle, nil)
        while let known = statement {
            if let text = sqlite3_sql(known) { texts.append(String(cString: text)) }
            statement = sqlite3_next_stmt(handle, known)
        }
        return texts
    }

    /// Forgets the statements that are kept.
    func forgetStatements() { statements.removeAll() }

    /// How many values one statement may have.
    var variableLimit: Int { Int(sqlite3_limit(handle, SQLITE_LIMIT_VARIABLE_NUMBER, -1)) }

    /// Whether the transaction that is open survives a power cut once it is committed.
    package var isSynced: Bool { log.commit == .synced }

    /// Frees everything. The last connection to close writes the WAL back into the file.
    func close() {
        statements.removeAll()
        // What may not be on the disk stays in the log, to be written anew by whoever opens the file next.
        if log.isDoubtful { try? set(SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true) }
        log.end()
        sqlite3_close_v2(handle)
    }

    // MARK: One execution

    private func acquire(
        _ key: String, _ values: Span<SQLiteValue>, sql: () -> String
    ) throws(SQLiteError) -> SQLiteStatement {
        if case .lost(let error) = transactionState { throw error }
        var statement = if let kept = statements.take(key) { kept } else { try prepare(sql()) }
        let parameters = Int(sqlite3_bind_parameter_count(statement.handle))
        guard parameters == values.count else {
            release(key, statement)
            throw SQLiteError(.other, "\(parameters) parameters, \(values.count) values in \(key.prefix(200))")
        }
        let code = statement.bind(values)
        guard code == SQLITE_OK else {
            let error = failure(code, key)
            release(key, statement)
            throw error
        }
        return statement
    }

    private func release(_ key: String, _ statement: SQLiteStatement) {
        var statement = statement
        statement.reset()
        noteStatementEnd()
        statements.give(key, statement)
    }

    /// Whether there is another row.
    private func step(_ statement: SQLiteStatement, _ sql: String) throws(SQLiteError) -> Bool {
        switch sqlite3_step(statement.handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw failure(code, sql)
        }
    }

    private func prepare(_ sql: String) throws(SQLiteError) -> SQLiteStatement {
        var statement: OpaquePointer?
        var sql = sql
        let code = sql.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { text in
                sqlite3_prepare_v3(
                    handle, text.baseAddress, Int32(text.count), UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
            }
        }
        guard code == SQLITE_OK else { throw failure(code, sql) }
        guard let statement else { throw SQLiteError(.other, "no statement in \(sql.prefix(200))") }
        return SQLiteStatement(statement)
    }

    /// The error that SQLite has just answered, after noting whether it cost the transaction.
    func failure(_ code: Int32, _ task: String) -> SQLiteError {
        let error = SQLiteError.last(of: handle, code: code, task: task, path: path)
        if case .open = transactionState, sqlite3_get_autocommit(handle) != 0 { transactionState = .lost(error) }
        return error
    }
}

extension SQLiteConnection: ThreadConnection {}
