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

    /// Writes a little, of no other purpose, on a connection of its own. The condition has noted what came of it when this
    /// returns, after five seconds at most.
    package func probe() async {
        do {
            let isRefused = try await probing { connection in
                defer { connection.close() }
                do {
                    try connection.transactionOnce(Self.writeALittle)
                    self.condition.wrote()
                } catch let error as PostgreSQLError {
                    guard let reason = error.reason else {
                        self.condition.wrote()
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
                try await write(Self.writeALittle)
            }
        } catch {
            // It is noted, or the database is closed.
        }
    }

    /// A row that every database of ours has; nothing of it changes.
    @Sendable private static func writeALittle(_ connection: PostgreSQLConnection) throws {
        try connection.execute("UPDATE schema_migrations SET name = name WHERE version = 1")
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
