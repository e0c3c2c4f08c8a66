import Foundation
import TestDatabase
import Testing

@testable import PostgreSQL

/// An index of a table that is in use is built beside those who write, once, and whatever was left of an earlier build.
@Suite(.enabled(if: TestPostgreSQL.isAvailable, "needs PostgreSQL: set POSTGRES_URL"), .timeLimit(.minutes(5)))
struct IndexMigrationTests {
    private static let table = PostgreSQLMigration(
        version: 1, name: "things", sql: "CREATE TABLE things (id bigint PRIMARY KEY, name text)")
    private static let index = PostgreSQLMigration(
        version: 2, name: "things by name", index: PostgreSQLIndex("things_name", on: "things", "(name)"))
    private static let all = [
        table, index, PostgreSQLMigration(version: 3, name: "colour", sql: "ALTER TABLE things ADD COLUMN colour text"),
    ]

    /// Whether each index of the table is valid, by its name.
    private static func indexes(_ url: String) async throws -> [String] {
        try await TestPostgreSQL.rows(
            """
            SELECT relname || ' ' || indisvalid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
            WHERE indrelid = 'things'::regclass ORDER BY 1
            """, in: url)
    }

    private static func versions(_ url: String) async throws -> [String] {
        try await TestPostgreSQL.rows("SELECT version FROM schema_migrations ORDER BY 1", in: url)
    }

    private static func migrate(_ url: String, _ migrations: [PostgreSQLMigration]) async throws {
        await (try PostgreSQLDatabase(url: url, connections: 2, migrations: migrations)).close()
    }

    @Test func aNewDatabaseHasItAtOnce() async throws {
        try await TestPostgreSQL.withURL { url in
            try await Self.migrate(url, Self.all)
            #expect(try await Self.indexes(url) == ["things_name true", "things_pkey true"])
            #expect(try await Self.versions(url) == ["1", "2", "3"])
        }
    }

    /// A transaction that has written holds the build up; nobody else waits for either.
    @Test func whoWritesMeanwhileDoesNotWait() async throws {
        try await TestPostgreSQL.withURL { url in
            let database = try await PostgreSQLDatabase(url: url, connections: 3, migrations: [Self.table])
            let (isHeld, letGo) = (AsyncStream.makeStream(of: Void.self), DispatchSemaphore(value: 0))
            let writer = Task {
                try await database.write { connection in
                    try connection.run("SET LOCAL idle_in_transaction_session_timeout = 0")
                    try connection.run("INSERT INTO things VALUES (1, 'one')")
                    isHeld.continuation.yield()
                    letGo.wait()
                }
            }
            for await _ in isHeld.stream { break }
            let migration = Task { try await Self.migrate(url, Self.all) }
            var waits = false
            while !waits {
                try await Task.sleep(for: .milliseconds(20))
                waits = try await database.read { connection in
                    try connection.run(
                        "SELECT count(*) FROM pg_stat_progress_create_index WHERE phase LIKE 'waiting for writers%'"
                    ).first { $0.int(0) > 0 } ?? false
                }
            }
            // A plain CREATE INDEX would have it wait until its lock_timeout.
            try await database.write { try $0.execute("INSERT INTO things VALUES (2, 'two')") }
            #expect(try await Self.versions(url) == ["1"])
            letGo.signal()
            try await writer.value
            try await migration.value
            await database.close()
            #expect(try await Self.indexes(url) == ["things_name true", "things_pkey true"])
            #expect(try await Self.versions(url) == ["1", "2", "3"])
        }
    }

    /// As a build leaves it that is killed.
    @Test func whatIsNotValidIsMadeAgain() async throws {
        try await TestPostgreSQL.withURL { url in
            let database = try await PostgreSQLDatabase(url: url, migrations: [Self.table])
            try await database.write { try $0.execute("INSERT INTO things VALUES (1, 'one'), (2, 'one')") }
            await database.close()
            // Two of one name: it fails, and leaves what it has made.
            _ = try? await TestPostgreSQL.rows("CREATE UNIQUE INDEX CONCURRENTLY things_name ON things (name)", in: url)
            #expect(try await Self.indexes(url) == ["things_name false", "things_pkey true"])
            try await Self.migrate(url, Self.all)
            #expect(try await Self.indexes(url) == ["things_name true", "things_pkey true"])
        }
    }

    /// By hand before an upgrade, for one.
    @Test func whatIsThereIsTaken() async throws {
        try await TestPostgreSQL.withURL { url in
            try await Self.migrate(url, [Self.table])
            _ = try await TestPostgreSQL.rows("CREATE INDEX CONCURRENTLY things_name ON things (name)", in: url)
            try await Self.migrate(url, Self.all)
            #expect(try await Self.versions(url) == ["1", "2", "3"])
        }
    }

    @Test func replicasThatStartTogetherBuildItOnce() async throws {
        try await TestPostgreSQL.withURL { url in
            try await Self.migrate(url, [Self.table])
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<6 { group.addTask { try await Self.migrate(url, Self.all) } }
                try await group.waitForAll()
            }
            #expect(try await Self.indexes(url) == ["things_name true", "things_pkey true"])
            #expect(try await Self.versions(url) == ["1", "2", "3"])
        }
    }

    @Test func whatCannotBeBuiltSaysWhichMigration() async throws {
        try await TestPostgreSQL.withURL { url in
            let database = try await PostgreSQLDatabase(url: url, migrations: [Self.table])
            try await database.write { try $0.execute("INSERT INTO things VALUES (1, 'one'), (2, 'one')") }
            await database.close()
            let unique = PostgreSQLMigration(
                version: 2, name: "names once",
                index: PostgreSQLIndex("things_name", on: "things", "(name)", isUnique: true))
            await #expect { try await Self.migrate(url, [Self.table, unique]) } throws: {
                "\($0)".contains("migration 2 (names once)")
            }
            #expect(try await Self.versions(url) == ["1"])
            try await Self.migrate(url, Self.all)
            #expect(try await Self.indexes(url) == ["things_name true", "things_pkey true"])
        }
    }
}
