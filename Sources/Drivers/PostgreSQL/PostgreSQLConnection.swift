internal import CPostgreSQL
internal import ConnectionThreads

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// A connection, as the closures of `PostgreSQLDatabase.write` and `read` see it: inside a transaction, on its own thread.
/// Not to be kept beyond the closure.
///
/// libpq in nonblocking, pipeline mode: statements go out together and their results come back in one round trip, and no
/// wait is longer than its deadline. A connection that broke is made anew when it is next used.
package final class PostgreSQLConnection {
    let url: String
    let passwordFile: String?
    /// nil: of a connection that is to find out, whatever others have.
    private let condition: DatabaseCondition?
    var native: OpaquePointer?
    /// Statements that are prepared on the server, by their text.
    private var prepared: [String: String] = [:]
    /// Names that were given, each of them once on a connection.
    private var names = 0
    var transactionState = TransactionState.none
    /// What the commit of its transaction is to be.
    var commit = PostgreSQLDatabase.Commit.synced
    /// Whether its transaction changes nothing.
    var onlyReads = false
    /// Whether a pooler gives us another of its connections for each transaction, or may: nothing of a session holds, so
    /// statements are prepared for one use, and settings are a transaction's.
    /// nil: not known yet.
    var isPooled: Bool?
    /// Whether settings can be sent with the connection's first packet.
    var takesOptions = true

    /// Longer than the server lets any statement take.
    var answerWithin: Duration = .seconds(15)
    /// From the lookup of the host's name on.
    var connectWithin: Duration = .seconds(5)
    var lookup = NameLookup.system
    /// Statements of the transaction that go out with the next ones.
    var deferred: [PostgreSQLStatement] = []
    /// Whether a statement of the last transaction, in its last attempt, has changed a row.
    var hasChanged = false
    /// What the commits of the last transaction took.
    var committing: Duration = .zero

    /// So often statements were sent, and their answers waited for.
    private(set) var roundTrips = 0

    /// A server that says nothing for as long is looked after: it may be slow, or not there any more.
    private static let suspectAfter: Duration = .seconds(1)
    /// So many statements at most are put off.
    private static let mostDeferred = 32
    /// So often a connection that waits looks what others know, in milliseconds.
    private static let lookEvery: Int64 = 250

    /// `passwordFile`: where the password is, read anew for each connection; a password in the URL wins. `condition`: what is
    /// known of the database; where that is silent, nothing is asked and nothing waited for.
    init(url: String, passwordFile: String?, condition: DatabaseCondition?) {
        self.url = url
        self.passwordFile = passwordFile
        self.condition = condition
    }

    /// Throws where the database is known not to answer.
    func refuseIfSilent() throws(PostgreSQLError) {
        guard condition?.isSilent == true else { return }
        throw PostgreSQLError(.unavailable, "PostgreSQL does not answer")
    }

    /// Nothing is connected before the first use.
    func close() {
        PQfinish(native)
        native = nil
        (prepared, names, preparing, deferred) = ([:], 0, [], [])
        if case .open = transactionState { transactionState = .lost }
    }

    // MARK: - Statements

    @discardableResult
    /// One statement in one round trip. `values` stand for `$1`, `$2`, … It is prepared once for each connection.
    package func run(_ sql: String, _ values: [PostgreSQLValue] = []) throws(PostgreSQLError) -> PostgreSQLResult {
        try run([PostgreSQLStatement(sql, values)])[0]
    }

    /// A statement whose answer nobody looks at; see `execute` of several.
    package func execute(_ sql: String, _ values: [PostgreSQLValue] = []) throws(PostgreSQLError) {
        try execute([PostgreSQLStatement(sql, values)])
    }

    /// Statements whose answers nobody looks at: in a transaction they go out with what is run next, COMMIT at the latest, for
    /// each round trip costs two changes of process. What they fail with is thrown there, and undoes the transaction as ever.
    package func execute(_ statements: [PostgreSQLStatement]) throws(PostgreSQLError) {
        switch transactionState {
        case .none, .committed, .lost: _ = try run(statements)
        case .pending, .open:
            deferred += statements
            if deferred.count >= Self.mostDeferred { try runDeferred() }
        }
    }

    /// Runs what was put off, where something was.
    func runDeferred() throws(PostgreSQLError) {
        if !deferred.isEmpty { _ = try run([]) }
    }

    /// Statements in one round trip, their results in order. Throws the error of the first that failed; those behind it
    /// were not run.
    package func run(_ statements: [PostgreSQLStatement]) throws(PostgreSQLError) -> [PostgreSQLResult] {
        // What followed would be committed statement by statement, on a new connection.
        if case .lost = transactionState {
            throw PostgreSQLError(.unavailable, "the transaction was lost together with its connection")
        }
        if case .committed = transactionState {
            preconditionFailure("a transaction that has its last statements behind it takes no more")
        }
        let late = deferred
        deferred = []
        guard !statements.isEmpty || !late.isEmpty else { return [] }
        try refuseIfSilent()
        let connection = try connected()
        var begin: [PostgreSQLStatement] = []
        if case .pending(let sql) = transactionState {
            begin = [PostgreSQLStatement(sql)] + (isPooled == true ? [Self.localSettings] : [])
            if commit == .unsynced { begin.append(PostgreSQLStatement("SET LOCAL synchronous_commit = off")) }
            transactionState = .open
        }
        roundTrips += 1
        let all = begin + late + statements
        for statement in all { try send(statement, on: connection) }
        guard PQpipelineSync(connection) == 1 else { throw broken(connection) }
        let deadline = ContinuousClock.now + answerWithin
        try flush(connection, deadline)
        return Array(try receive(all, on: connection, deadline).dropFirst(begin.count + late.count))
    }

    /// Statements without parameters, separated by semicolons, in a transaction of the caller's.
    func script(_ sql: String) throws(PostgreSQLError) {
        for statement in sql.split(separator: ";") where !statement.allSatisfy(\.isWhitespace) {
            try run(String(statement))
        }
    }

    private func send(_ statement: PostgreSQLStatement, on connection: OpaquePointer) throws(PostgreSQLError) {
        let values = statement.values.map(\.binary)
        let name: String
        if let known = prepared[statement.sql] {
            name = known
        } else {
            name = isPooled == false ? "s\(names)" : ""
            names += 1
            let types = statement.values.map(\.oid)
            guard PQsendPrepare(connection, name, statement.sql, Int32(types.count), types) == 1 else {
                throw broken(connection)
            }
        }
        let buffer = values.flatMap { $0 ?? [] }
        let lengths = values.map { Int32($0?.count ?? 0) }
        let formats = values.map { _ in Int32(1) }
        // An empty value still needs an address: none would be NULL.
        let sent = (buffer + [0]).withUnsafeBytes { bytes in
            var offset = 0
            let pointers = values.map { value -> UnsafePointer<CChar>? in
                defer { offset += value?.count ?? 0 }
                return value == nil
                    ? nil : bytes.baseAddress.map { ($0 + offset).assumingMemoryBound(to: CChar.self) }
            }
            return PQsendQueryPrepared(
                connection, name, Int32(values.count), pointers, lengths, formats, 1)
        }
        guard sent == 1 else { throw broken(connection) }
        if prepared[statement.sql] == nil { preparing.append((statement.sql, name)) }
        if isPooled == false { prepared[statement.sql] = name }
    }

    /// Sent for the first time, and not answered yet.
    private var preparing: [(sql: String, name: String)] = []

    private func receive(
        _ statements: [PostgreSQLStatement], on connection: OpaquePointer, _ deadline: ContinuousClock.Instant
    ) throws(PostgreSQLError) -> [PostgreSQLResult] {
        var results: [PostgreSQLResult] = []
        var failure: PostgreSQLError?
        var unprepared = preparing
        preparing = []
        for statement in statements {
            if unprepared.first?.sql == statement.sql {
                let result = try next(connection, deadline)
                if case .failure(let error) = outcome(result, statement) {
                    failure = failure ?? error
                    prepared[statement.sql] = nil
                }
                unprepared.removeFirst()
                try end(connection, deadline)
            }
            switch outcome(try next(connection, deadline), statement) {
            case .success(let result):
                results.append(result)
                if !result.isRead, result.changes > 0 { hasChanged = true }
            case .failure(let error): failure = failure ?? error
            }
            try end(connection, deadline)
        }
        // The sync.
        PQclear(try next(connection, deadline))
        guard let failure else { return results }
        // The next connection may find the one that writes.
        if failure.sqlState == "25006" { close() }
        // A prepared statement that the tables have changed under, or that is gone: a new connection has none of them.
        if Self.isOutdated(failure) {
            close()
            throw PostgreSQLError(.conflict, sqlState: failure.sqlState, failure.message)
        }
        throw failure
    }

    private static func isOutdated(_ error: PostgreSQLError) -> Bool { ["0A000", "26000"].contains(error.sqlState) }

    private func outcome(
        _ result: OpaquePointer, _ statement: PostgreSQLStatement
    ) -> Result<PostgreSQLResult, PostgreSQLError> {
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK:
            return .success(PostgreSQLResult(result))
        case PGRES_PIPELINE_ABORTED:
            PQclear(result)
            return .failure(PostgreSQLError(.other, "a statement before it failed"))
        default:
            defer { PQclear(result) }
            return .failure(PostgreSQLError(result, task: statement.sql))
        }
    }

    // MARK: - Waiting

    private func flush(_ connection: OpaquePointer, _ deadline: ContinuousClock.Instant) throws(PostgreSQLError) {
        while true {
            switch PQflush(connection) {
            case 0: return
            case 1:
                // The server may have to be read before it takes more.
                try wait(connection, for: Int16(POLLIN | POLLOUT), deadline)
                guard PQconsumeInput(connection) == 1 else { throw broken(connection) }
            default: throw broken(connection)
            }
        }
    }

    private func next(
        _ connection: OpaquePointer, _ deadline: ContinuousClock.Instant
    ) throws(PostgreSQLError) -> OpaquePointer {
        try awaitInput(connection, deadline)
        guard let result = PQgetResult(connection) else { throw broken(connection) }
        if PQstatus(connection) != CONNECTION_OK {
            PQclear(result)
            throw broken(connection)
        }
        return result
    }

    /// The empty result that ends a statement's.
    private func end(_ connection: OpaquePointer, _ deadline: ContinuousClock.Instant) throws(PostgreSQLError) {
        try awaitInput(connection, deadline)
        if let more = PQgetResult(connection) { PQclear(more) }
    }

    private func awaitInput(_ connection: OpaquePointer, _ deadline: ContinuousClock.Instant) throws(PostgreSQLError) {
        while PQisBusy(connection) == 1 {
            try wait(connection, for: Int16(POLLIN), deadline)
            guard PQconsumeInput(connection) == 1 else { throw broken(connection) }
        }
    }

    func wait(
        _ connection: OpaquePointer, for events: Int16, _ deadline: ContinuousClock.Instant
    ) throws(PostgreSQLError) {
        // Asked for each time: it changes while connecting.
        guard try wait(for: events, of: PQsocket(connection), deadline) else { throw broken(connection) }
    }

    /// Throws `.silent` at the deadline. False: the system refuses to wait.
    func wait(
        for events: Int16, of descriptor: Int32, _ deadline: ContinuousClock.Instant
    ) throws(PostgreSQLError) -> Bool {
        var entry = pollfd(fd: descriptor, events: events, revents: 0)
        let start = ContinuousClock.now
        while true {
            let left = Int64((deadline - .now) / .milliseconds(1))
            guard left > 0 else {
                close()
                throw PostgreSQLError.silent
            }
            let count = poll(&entry, 1, Int32(clamping: min(left, Self.lookEvery)))
            let code = errno
            if count > 0 { return true }
            if let condition {
                if .now - start >= Self.suspectAfter { condition.suspect() }
                do throws(PostgreSQLError) {
                    try refuseIfSilent()
                } catch {
                    close()
                    throw error
                }
            }
            guard count == 0 || code == EINTR else { return false }
        }
    }

    /// The connection's error; it is of no more use.
    func broken(_ connection: OpaquePointer) -> PostgreSQLError {
        let report = ConnectionReport(String(cString: PQerrorMessage(connection)))
        // Nobody asks for a password that is not there, so the server says nothing of it.
        let sqlState = report.sqlState.isEmpty && PQconnectionNeedsPassword(connection) == 1 ? "28P01" : report.sqlState
        close()
        let advice =
            isPooled == true
            ? "; between it and us is a pooler, PgBouncer for one, whose log may say why: it needs pool_mode = transaction, or session"
            : ""
        return PostgreSQLError(
            .unavailable, sqlState: sqlState,
            "PostgreSQL: \(report.text.isEmpty ? "the connection broke" : report.text)\(advice)")
    }
}

extension PostgreSQLConnection: ThreadConnection {}
