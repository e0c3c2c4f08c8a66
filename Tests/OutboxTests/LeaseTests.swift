import PostgreSQL
import TestDatabase
import Testing

@testable import Outbox

@Suite(.enabled(if: TestPostgreSQL.isAvailable, "needs PostgreSQL: set POSTGRES_URL"))
struct LeaseTests {
    private static let migrations = [PostgreSQLMigration(version: 1, name: "leases", sql: PostgreSQLLease.schema)]

    @Test func oneHoldsIt() async throws {
        try await withPostgreSQL(Self.migrations) { database in
            let (one, two) = (PostgreSQLLease("relay", in: database), PostgreSQLLease("relay", in: database))
            #expect(try await one.hold(for: 60))
            #expect(try await !two.hold(for: 60))
            #expect(try await one.hold(for: 60), "it can be kept")
            #expect(try await PostgreSQLLease("reclaiming", in: database).hold(for: 60), "others are free")
            try await two.release()
            #expect(try await !two.hold(for: 60))
            try await one.release()
            #expect(try await two.hold(for: 0))
            // Of no seconds: over at once.
            #expect(try await one.hold(for: 60))
        }
    }

    @Test func ofManyThatAskAtOnceOneGetsIt() async throws {
        try await withPostgreSQL(Self.migrations) { database in
            let holders = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<20 {
                    group.addTask { try await PostgreSQLLease("relay", in: database).hold(for: 60) }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(holders == 1)
        }
    }
}
