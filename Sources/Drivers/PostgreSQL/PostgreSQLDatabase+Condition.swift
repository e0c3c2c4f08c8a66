package import ConnectionThreads
internal import Deadlines

extension PostgreSQLDatabase {
    /// For the connection as for the answer of a probe.
    static let probeWithin: Duration = .milliseconds(1_500)
    /// For so long a database that answered is taken to be there.
    private static let freshness: Duration = .seconds(1)

    /// Why it takes nothing; nil where nothing is known against it.
    package var trouble: DatabaseCondition.Trouble? { condition.trouble }

    /// Asks whether it would take a write, where it has not answered anything for a second, and notes it where not. Changes
    /// nothing.
    package func look() async {
        guard condition.trouble == nil else { return }
        if let answer = condition.lastAnswer, .now - answer < Self.freshness { return }
        do {
            try await write { connection in
                let isReadOnly = try connection.run("SELECT current_setting('transaction_read_only') = 'on'").first {
                    $0.bool(0)
                }
                if isReadOnly == true {
                    throw PostgreSQLError(.unavailable, sqlState: "25006", "PostgreSQL only reads")
                }
            }
        } catch {
            // It is noted. Where the deadline came first, whoever waits longest has it looked after.
        }
    }

    /// Writes a little, of no other purpose, on a connection of its own, and looks whether every table of ours can be written.
    /// The condition has noted what came of it when this returns, after five seconds at most.
    package func probe() async {
        do {
            let isRefused = try await probing { [tables] connection in
                defer { connection.close() }
                do {
                    try connection.transactionOnce { try Self.writeALittle($0, tables) }
                    self.condition.wrote(everywhere: true)
                } catch let error as PostgreSQLError where error.isLockedOut {
                    self.condition.failed(
                        "has a table that another session keeps locked", error.message, isSilent: false, isPartial: true
                    )
                } catch let error as PostgreSQLError {
                    guard let reason = error.reason else {
                        self.condition.wrote(everywhere: true)
                        return false
                    }
                    self.condition.failed(reason, error.message, isSilent: error == .silent)
                    return error.kind == .unavailable && error != .silent
                }
                return false
            }
            // A server that is full refuses one more connection, while those that are there may work.
            guard isRefused else { return }
            try await RequestDeadline.$current.withValue(.now + Self.probeWithin) {
                try await write { [tables] in try Self.writeALittle($0, tables) }
                condition.wrote(everywhere: true)
            }
        } catch {
            // It is noted, or the database is closed.
        }
    }

    /// Changes nothing of a row that every database of ours has, and takes for a moment the lock that a write takes, on each
    /// of these tables: somebody may have locked one of them alone.
    private static func writeALittle(_ connection: PostgreSQLConnection, _ tables: [String]) throws {
        try connection.execute("SET LOCAL lock_timeout = '\(lockMilliseconds)ms'")
        try connection.execute("UPDATE schema_migrations SET name = name WHERE version = 1")
        let writable = try connection.run(
            """
            SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
            WHERE schemaname = current_schema() AND tablename = ANY($1)
                AND has_table_privilege(format('%I.%I', schemaname, tablename), 'UPDATE')
            ORDER BY tablename
            """, [.texts(tables)]
        ).map { $0.text(0) }
        _ = try connection.run(writable.map { PostgreSQLStatement("LOCK TABLE \($0) IN ROW EXCLUSIVE MODE") })
    }

    /// Longer than ours hold any, and shorter than a probe waits for an answer.
    private static let lockMilliseconds = 500

    /// Notes what a transaction that may write came to.
    static func noting<T>(
        _ condition: DatabaseCondition, _ connection: PostgreSQLConnection, _ body: () throws -> T
    ) throws -> T {
        do {
            let value = try body()
            if connection.hasChanged { condition.wrote() } else { condition.answered() }
            return value
        } catch let error as PostgreSQLError {
            // While it is silent nothing is asked, and nothing learned.
            if !condition.isSilent, let reason = error.reason { condition.failed(reason, error.message) }
            // A row that is locked is somebody's work, a table that is locked is everybody's trouble: the probe tells.
            if error.kind == .timedOut { condition.suspect() }
            throw error
        }
    }
}
