import Foundation
import PostgreSQL
import TestDatabase
import Testing

/// PgBouncer between us and PostgreSQL. A pool of two server connections for our four, so that they have to be shared.
@Suite(
    .enabled(
        if: TestPostgreSQL.isAvailable && PgBouncer.isInstalled,
        "needs PostgreSQL and PgBouncer: set POSTGRES_URL, apt-get install pgbouncer"), .timeLimit(.minutes(1)))
struct PgBouncerTests {
    private static let table = [
        PostgreSQLMigration(version: 1, name: "things", sql: "CREATE TABLE things (id bigint PRIMARY KEY, name text)")
    ]

    @Test(arguments: ["transaction", "session"], [false, true]) func isWorkedWith(_ mode: String, _ ignores: Bool)
        async throws
    {
        // In session mode each of ours keeps its own.
        try await PgBouncer.with(mode: mode, size: mode == "session" ? 10 : 2, ignoresOptions: ignores) { url in
            let database = try await PostgreSQLDatabase(url: url, migrations: Self.table)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for id in 0..<100 {
                    group.addTask {
                        try await database.write { connection in
                            let id = Int64(id)
                            _ = try connection.run([
                                PostgreSQLStatement("INSERT INTO things VALUES ($1, $2)", [.int(id), .text("new")]),
                                PostgreSQLStatement(
                                    "INSERT INTO things VALUES ($1, $2)", [.int(-1 - id), .text("new")]),
                            ])
                            try connection.run("UPDATE things SET name = 'old' WHERE id = $1", [.int(id)])
                        }
                        _ = try await database.read {
                            try $0.run("SELECT name FROM things WHERE id = $1", [.int(0)]).count
                        }
                    }
                }
                try await group.waitForAll()
            }
            let counts = try await database.read {
                try $0.run("SELECT count(*), count(*) FILTER (WHERE name = 'old') FROM things").map {
                    [$0.int(0), $0.int(1)]
                }
            }
            #expect(counts == [[200, 100]])
            var settings: [String] = []
            for name in ["lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout", "enable_seqscan"] {
                settings += try await database.read { try $0.run("SHOW \(name)").map { $0.text(0) } }
            }
            #expect(settings == ["3s", "10s", "3s", "off"])
            // Others, who are given the same connections, have theirs as they were.
            #expect(try await TestPostgreSQL.rows("SHOW lock_timeout", in: url) == ["0"])
            await database.close()
        }
    }

    @Test func itsStatementModeIsRefusedWithAdvice() async throws {
        try await PgBouncer.with(mode: "statement", size: 2, ignoresOptions: false) { url in
            await #expect { _ = try await PostgreSQLDatabase(url: url, migrations: Self.table) } throws: {
                "\($0)".contains("pool_mode = transaction")
            }
        }
    }

    @Test func optionsThatItDoesNotPassOnAreRefusedWithAdvice() async throws {
        try await PgBouncer.with(mode: "transaction", size: 2, ignoresOptions: false) { url in
            await #expect {
                _ = try await PostgreSQLDatabase(url: url + "?options=-cwork_mem%3D5MB", migrations: Self.table)
            } throws: {
                "\($0)".contains("ALTER ROLE")
            }
        }
    }
}
