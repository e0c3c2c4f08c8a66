import Identifiers
import PostgreSQL
import SQLite
import TestDatabase
import Testing
import Timestamps

@testable import Idempotency

/// The secret is made once for a database, and makes the same ids on every replica.
@Suite struct KeySecretTests {
    private static func key(_ header: String, route: String = "POST /orders") throws -> IdempotencyKey {
        try #require(
            IdempotencyKey(
                header: header, route: route,
                request: RequestFingerprint(method: "POST", path: "/", body: [], route: route, values: nil)))
    }

    private static func ids(_ secret: KeySecret) throws -> [Identifier] {
        try [
            secret.identifier(of: key("K"), attempt: 0), secret.identifier(of: key("K"), attempt: 1),
            secret.identifier(of: key("K", route: "POST /other"), attempt: 0),
            secret.identifier(of: key("L"), attempt: 0),
        ]
    }

    @Test func routeKeyAndAttemptMakeTheID() throws {
        let secret = try #require(KeySecret([UInt8](repeating: 7, count: 32), madeAt: .now()))
        let other = try #require(KeySecret([UInt8](repeating: 8, count: 32), madeAt: .now()))
        #expect(try Set(Self.ids(secret) + Self.ids(other)).count == 8)
        #expect(try secret.identifier(of: Self.key(#""K""#), attempt: 0) == Self.ids(secret)[0])
        #expect(KeySecret([UInt8](repeating: 7, count: 31), madeAt: .now()) == nil)
    }

    @Test func nobodyReadsIt() throws {
        let secret = try #require(KeySecret([UInt8](repeating: 77, count: 32), madeAt: .now()))
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), dumped, "\([secret])"] { #expect(!text.contains("77")) }
    }

    @Test func isMadeOnceInSQLite() async throws {
        let migrations = [SQLiteMigration(version: 1, name: "secret", sql: SQLiteKeySecret.schema)]
        try await withDatabase(migrations) { database in
            let first = try await SQLiteKeySecret.obtain(in: database)
            let again = try await SQLiteKeySecret.obtain(in: database)
            #expect(try Self.ids(first) == Self.ids(again) && first.madeAt == again.madeAt)
            #expect(abs(first.madeAt.seconds(since: .now())) < 60)
        }
        var made: Set<[Identifier]> = []
        for _ in 0..<2 {
            try await withDatabase(migrations) { made.insert(try Self.ids(try await SQLiteKeySecret.obtain(in: $0))) }
        }
        #expect(made.count == 2)
    }

    /// Eight replicas that start at once.
    @Test(.enabled(if: TestPostgreSQL.isAvailable, "needs PostgreSQL: set POSTGRES_URL"))
    func isMadeOnceInPostgreSQL() async throws {
        let migrations = [PostgreSQLMigration(version: 1, name: "secret", sql: PostgreSQLKeySecret.schema)]
        try await withPostgreSQL(migrations) { database in
            let made = try await withThrowingTaskGroup(of: [Identifier].self) { group in
                for _ in 0..<8 {
                    group.addTask { try Self.ids(try await PostgreSQLKeySecret.obtain(in: database)) }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(made.count == 1)
        }
    }
}
