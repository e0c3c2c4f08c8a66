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
        // The same plan whatever the parameters are: where a list of ids is short, the server would make a new one at each
        // execution, which costs more than to run it.
        "plan_cache_mode": "force_generic_plan",
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
        let target = try ConnectionURL(url)
        do throws(PostgreSQLError) {
            return try connect(target, options: takesOptions ? Self.options + target.options : "")
        } catch {
            guard takesOptions, error.message.contains("unsupported startup parameter") else { throw error }
            guard target.options.isEmpty else {
                throw PostgreSQLError(
                    .unavailable,
                    "\(error.message): PgBouncer passes no options on; take `options` out of the URL and set them for the role (ALTER ROLE … SET)"
                )
            }
            takesOptions = false
        }
        return try connect(target, options: "")
    }

    private func connect(_ target: ConnectionURL, options: String) throws(PostgreSQLError) -> OpaquePointer {
        isPooled = nil
        let deadline = ContinuousClock.now + connectWithin
        // What comes later wins: the URL, but for its options, which are added to ours.
        var (names, values) = (["application_name"], ["orderlog"])
        if let passwordFile {
            names.append("password")
            values.append(try PasswordFile.read(passwordFile))
        }
        names += ["tcp_user_timeout", "keepalives_idle", "dbname", "options"]
        values += ["3000", "5", url, options]
        let hosts = try lookedUp(target.namedHosts, deadline)
        if !hosts.isEmpty {
            names += ["host", "hostaddr", "port"]
            values += [hosts.map(\.name), hosts.map(\.address), hosts.map(\.port)].map { $0.joined(separator: ",") }
        }
        let connection = names.withCStrings { names in
            values.withCStrings { values in PQconnectStartParams(names, values, 1) }
        }
        guard let connection else { throw PostgreSQLError(.unavailable, "there is no memory for a connection") }
        native = connection
        // While connecting, the text of an error is the only place that has the server's code.
        PQsetErrorVerbosity(connection, PQERRORS_VERBOSE)
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
                PQsetErrorVerbosity(connection, PQERRORS_DEFAULT)
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

    /// The hosts with the addresses of those that have names, a host for each address. libpq would look them up itself, for as
    /// long as that takes.
    private func lookedUp(
        _ hosts: [ConnectionURL.Host], _ deadline: ContinuousClock.Instant
    ) throws(PostgreSQLError) -> [ConnectionURL.Host] {
        var found: [ConnectionURL.Host] = []
        var failure: PostgreSQLError?
        for host in hosts {
            guard ConnectionURL.isToBeLookedUp(host.name) else {
                found.append(host)
                continue
            }
            let question = lookup.ask(host.name)
            if question.answer == nil {
                do throws(PostgreSQLError) {
                    _ = try wait(for: Int16(POLLIN), of: question.descriptor, deadline)
                } catch {
                    guard error == .silent else { throw error }
                }
            }
            switch question.answer {
            case .success(let addresses):
                found += addresses.map { ConnectionURL.Host(name: host.name, address: $0, port: host.port) }
            case .failure(let error): failure = failure ?? Self.unknown(host.name, error.reason)
            case nil: failure = failure ?? Self.unknown(host.name, "no name server has answered in time")
            }
        }
        if found.isEmpty, let failure { throw failure }
        return found
    }

    private static func unknown(_ host: String, _ reason: String) -> PostgreSQLError {
        let text = ConnectionReport("could not translate host name \"\(host)\" to address: \(reason)").text
        return PostgreSQLError(.unavailable, "PostgreSQL: \(text)")
    }

    /// And the server notices a dead peer after 3 s, and after 5 more where it waits for the rest of what we were sending, for which no
    /// other limit of its holds.
    private static var options: String {
        settings.merging(["tcp_user_timeout": "3000", "tcp_keepalives_idle": "5", "tcp_keepalives_interval": "3"]) {
            $1
        }
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
