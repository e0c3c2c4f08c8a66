import TestDatabase
import Testing

@testable import PostgreSQL

@Suite(.enabled(if: TestPostgreSQL.isAvailable, "needs PostgreSQL: set POSTGRES_URL"), .timeLimit(.minutes(2)))
struct RoundTripTests {
    private static let table = [
        PostgreSQLMigration(version: 1, name: "things", sql: "CREATE TABLE things (id bigint PRIMARY KEY, name text)")
    ]

    private func inserting(_ id: Int64) -> PostgreSQLStatement {
        PostgreSQLStatement("INSERT INTO things VALUES ($1, '') RETURNING id", [.int(id)])
    }

    private func ids(_ database: PostgreSQLDatabase) async throws -> [Int64] {
        try await database.read { try $0.run("SELECT id FROM things ORDER BY id").map { $0.int(0) } }
    }

    @Test func aWriteThatKnowsItsLastStatementsIsOneRoundTrip() async throws {
        try await withPostgreSQL(Self.table) { database in
            let (trips, inserted) = try await database.write { connection in
                let before = connection.roundTrips
                try connection.execute([inserting(1)])
                let inserted = try connection.runLast([inserting(2)])[0].first { $0.int(0) }
                return (connection.roundTrips - before, inserted)
            }
            #expect(trips == 1 && inserted == 2)
            #expect(try await ids(database) == [1, 2])
        }
    }

    @Test func whatFailsAmongTheLastUndoesTheWrite() async throws {
        try await withPostgreSQL(Self.table) { database in
            await #expect {
                try await database.write { _ = try $0.runLast([inserting(1), PostgreSQLStatement("SELECT 1/0")]) }
            } throws: {
                ($0 as? PostgreSQLError)?.sqlState == "22012"
            }
            try await database.write { _ = try $0.runLast([inserting(2)]) }
            #expect(try await ids(database) == [2])
        }
    }

    /// It is committed while it is still in the closure.
    @Test func theCommitComesWithTheLastStatements() async throws {
        try await withPostgreSQL(Self.table) { database in
            await #expect {
                try await database.write { connection in
                    _ = try connection.runLast([inserting(1)])
                    throw CancellationError()
                }
            } throws: {
                $0 is CancellationError
            }
            let there = try await ids(database)
            #expect(there == [1])
        }
    }

    /// The server had ended them while nobody used them: it is known that nothing was carried out.
    @Test func aBrokenConnectionIsReplacedBeforeTheLastStatements() async throws {
        try await withPostgreSQL(Self.table) { database in
            let end = """
                SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
                WHERE pid <> pg_backend_pid() AND datname = current_database()
                """
            for id in Int64(1)...4 { try await database.write { _ = try $0.runLast([inserting(id)]) } }
            try await database.write { try $0.execute(end) }
            for id in Int64(5)...12 { try await database.write { _ = try $0.runLast([inserting(id)]) } }
            #expect(try await ids(database) == Array(1...12))
        }
    }

    @Test func aReadOfOneStatementIsOneRoundTrip() async throws {
        try await withPostgreSQL(Self.table) { database in
            try await database.write { _ = try $0.runLast([inserting(1)]) }
            for statements in 1...2 {
                // The first one connects.
                for _ in 0..<2 {
                    let (trips, seen) = try await database.read { connection in
                        let before = connection.roundTrips
                        let select = PostgreSQLStatement("SELECT id FROM things")
                        let results = try connection.runLast(Array(repeating: select, count: statements))
                        return (connection.roundTrips - before, results.map { $0.map { $0.int(0) } })
                    }
                    #expect(trips <= 2 && seen == Array(repeating: [1], count: statements))
                }
            }
            // Nothing is left open on the connection.
            let trips = try await database.read { connection in
                let before = connection.roundTrips
                _ = try connection.runLast([PostgreSQLStatement("SELECT 1")])
                return connection.roundTrips - before
            }
            #expect(trips == 1)
            await #expect(throws: PostgreSQLError.self) {
                try await database.read { _ = try $0.runLast([PostgreSQLStatement("SELECT 1/0")]) }
            }
            #expect(try await ids(database) == [1])
        }
    }

    /// To plan a statement costs more than to run it, where it looks a few rows up.
    @Test func aShortListDoesNotMakeANewPlan() async throws {
        try await withPostgreSQL(Self.table) { database in
            let (once, always) = try await database.read { connection in
                for id in Int64(0)..<8 {
                    _ = try connection.run("SELECT name FROM things WHERE id = ANY($1)", [.ints([id])])
                }
                return try connection.run(
                    """
                    SELECT generic_plans, custom_plans FROM pg_prepared_statements
                    WHERE statement = 'SELECT name FROM things WHERE id = ANY($1)'
                    """
                ).first { ($0.int(0), $0.int(1)) } ?? (0, 0)
            }
            #expect(once == 8 && always == 0)
        }
    }
}
