internal import CPostgreSQL

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

extension PostgreSQLConnection {
    /// A stalled transaction holds nobody up for longer than 3 s. The URL's own `options` come behind these, and of two settings
    /// of one name PostgreSQL takes the last.
    private static let settings = [
        "statement_timeout": "10000", "lock_timeout": "3000", "idle_in_transaction_session_timeout": "3000",
        "timezone": "UTC",
        // A prepared statement keeps the plan that it got while its tables were empty, which for a few rows is to read them
        // all. What our statements look for has an index.
        "enable_seqscan": "off",
        // To compile a statement takes longer than any of ours runs, and one that can't do without reading a table is
        // reckoned dear enough for it.
        "jit": "off",
    ]

    /// The settings for one transaction, where the connection is a pooler's: what is set for a session would be lost, or be
    /// others' too.
    static let localSettings = PostgreSQLStatement(
        "SELECT "
            + settings.sorted { $0.key < $1.key }.map { "set_config('\($0.key)', '\($0.value)', true)" }
            .joined(separator: ", "))

    /// The connection that there is, or a new one.
    func connected() throws(PostgreSQLError) -> OpaquePointer {
        if let native, PQstatus(native) == CONNECTION_OK { return native }
        close()
        let urlOptions = try urlOptions()
        do throws(PostgreSQLError) {
            return try connect(options: takesOptions ? Self.options + urlOptions : "")
        } catch {
            guard takesOptions, error.message.contains("unsupported startup parameter") else { throw error }
            guard urlOptions.isEmpty else {
                throw PostgreSQLError(
                    .unavailable,
                    "\(error.message): PgBouncer passes no options on; take `options` out of the URL and set them for the role (ALTER ROLE … SET)"
                )
            }
            takesOptions = false
        }
        return try connect(options: "")
    }

    private func connect(options: String) throws(PostgreSQLError) -> OpaquePointer {
        isPooled = nil
        // What comes later wins: the URL, but for its options, which are added to ours.
        var (names, values) = (["application_name"], ["orderlog"])
        if let passwordFile {
            names.append("password")
            values.append(try PasswordFile.read(passwordFile))
        }
        names += ["tcp_user_timeout", "keepalives_idle", "dbname", "options"]
        values += ["3000", "5", url, options]
        let connection = names.withCStrings { names in
            values.withCStrings { values in PQconnectStartParams(names, values, 1) }
        }
        guard let connection else { throw PostgreSQLError(.unavailable, "there is no memory for a connection") }
        native = connection
        let deadline = ContinuousClock.now + connectWithin
        guard PQstatus(connection) != CONNECTION_BAD else { throw broken(connection) }
        var events = Int16(POLLOUT)
        while true {
            try wait(connection, for: events, deadline)
            switch PQconnectPoll(connection) {
            case PGRES_POLLING_READING: events = Int16(POLLIN)
            case PGRES_POLLING_WRITING: events = Int16(POLLOUT)
            case PGRES_POLLING_OK:
                guard PQsetnonblocking(connection, 1) == 0, PQenterPipelineMode(connection) == 1 else {
                    throw broken(connection)
                }
                // A notice, of a table that is there already for one, is nobody's business.
                PQsetNoticeProcessor(connection, { _, _ in }, nil)
                try findPooler(connection)
                return connection
            default: throw broken(connection)
            }
        }
    }

    /// Finds out whether a pooler answers in PostgreSQL's place, PgBouncer for one: it can't know which of the server's processes
    /// will serve us, so it names another.
    private func findPooler(_ connection: OpaquePointer) throws(PostgreSQLError) {
        let (state, usual) = (transactionState, answerWithin)
        (transactionState, answerWithin) = (.none, connectWithin)
        defer { (transactionState, answerWithin) = (state, usual) }
        let process = try run("SELECT pg_backend_pid()::bigint").map { $0.int(0) }
        isPooled = process != [Int64(PQbackendPID(connection))]
    }

    /// What libpq says of an URL that it can't read quotes it, with its password.
    private func urlOptions() throws(PostgreSQLError) -> String {
        var error: UnsafeMutablePointer<CChar>?
        guard let list = PQconninfoParse(url, &error) else {
            PQfreemem(error)
            throw PostgreSQLError(
                .unavailable,
                "PostgreSQL: the URL can't be read; it is postgres://USER@HOST/DATABASE, and what is special in a name or a password is percent-encoded"
            )
        }
        defer { PQconninfoFree(list) }
        var option = list
        while let keyword = option.pointee.keyword {
            if String(cString: keyword) == "options", let value = option.pointee.val {
                return " " + String(cString: value)
            }
            option += 1
        }
        return ""
    }

    /// And a dead peer is noticed after 3 s.
    private static var options: String {
        settings.merging(["tcp_user_timeout": "3000"]) { $1 }
            .sorted { $0.key < $1.key }.map { "-c \($0.key)=\($0.value)" }.joined(separator: " ")
    }
}

extension [String] {
    /// The strings as C has a list of them, with a null behind the last.
    fileprivate func withCStrings<Result>(
        _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
    ) -> Result {
        let copies = map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return (copies.map { UnsafePointer($0) } + [nil]).withUnsafeBufferPointer { list in
            guard let start = list.baseAddress else { preconditionFailure("it has a null at least") }
            return body(start)
        }
    }
}
