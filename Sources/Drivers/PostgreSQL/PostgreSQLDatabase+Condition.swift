package import ConnectionThreads

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

    /// Writes a little, of no other purpose, on a connection of its own. The condition has noted what came of it when this
    /// returns, after three seconds at most.
    package func probe() async {
        do {
            try await probing { connection in
                defer { connection.close() }
                do {
                    // A row that every database of ours has; nothing of it changes.
                    try connection.transactionOnce {
                        try $0.execute("UPDATE schema_migrations SET name = name WHERE version = 1")
                    }
                    self.condition.wrote()
                } catch let error as PostgreSQLError {
                    guard let reason = error.reason else { return self.condition.wrote() }
                    self.condition.failed(reason, error.message, isSilent: reason == PostgreSQLError.silent.reason)
                }
            }
        } catch {
            // Closed.
        }
    }

    /// Notes what a transaction that may write came to.
    static func noting<T>(
        _ condition: DatabaseCondition, _ connection: PostgreSQLConnection, _ body: () throws -> T
    ) throws -> T {
        connection.hasChanged = false
        do {
            let value = try body()
            if connection.hasChanged { condition.wrote() } else { condition.answered() }
            return value
        } catch let error as PostgreSQLError {
            // While it is silent nothing is asked, and nothing learned.
            if !condition.isSilent, let reason = error.reason { condition.failed(reason, error.message) }
            throw error
        }
    }
}
