internal import ConnectionThreads

extension PostgreSQLDatabase {
    /// Seconds for each table.
    private static let sweepWithin = 600

    /// Removes what deleted and changed rows left in the tables of its migrations and in their indexes (VACUUM); others go on
    /// reading and writing. What a transaction of somebody else's can still see stays until the next time.
    package func sweep() async throws {
        try await writers.run { [tables] connection in
            let usual = connection.answerWithin
            connection.answerWithin = .seconds(Self.sweepWithin + 5)
            defer { connection.answerWithin = usual }
            try connection.execute("SELECT 1")
            // Behind a pooler a setting would be the next one's.
            let isOwn = connection.isPooled != true
            if isOwn { try connection.execute("SET statement_timeout = '\(Self.sweepWithin)s'") }
            defer { if isOwn { try? connection.execute("RESET statement_timeout") } }
            for table in tables {
                // Of others' tables VACUUM only warns, and passes them over.
                let isOurs = try connection.run(
                    "SELECT pg_has_role(relowner, 'USAGE')::int::bigint FROM pg_class WHERE oid = to_regclass($1)",
                    [.text("\"\(table)\"")]
                ).first { $0.int(0) == 1 }
                guard isOurs == true else {
                    throw PostgreSQLError(
                        .other, "VACUUM of \(table) takes its owner: say this with the role that the service has")
                }
                try connection.execute("VACUUM \"\(table)\"")
            }
        }
    }
}
