import PostgreSQL
import SQLite
import Synchronization
import Telemetry
import TestDatabase
import Testing

@testable import Outbox

/// The relay gets on however many requests read: what it asks and marks goes through connections that no request takes.
@Suite(.timeLimit(.minutes(1))) struct RelayReadsTests {
    private typealias Outbox = OutboxStoreTests.Outbox

    @Test func besideSQLite() async throws {
        try await withDatabase(OutboxStoreTests.sqlite) { database in
            try await whileRequestsRead(database) { try await publishes(Outbox(database), SoleLease()) }
        }
    }

    @Test(.enabled(if: TestPostgreSQL.isAvailable, "needs PostgreSQL: set POSTGRES_URL"))
    func besidePostgreSQL() async throws {
        let leases = PostgreSQLMigration(version: 5, name: "leases", sql: PostgreSQLLease.schema)
        try await withPostgreSQL(OutboxStoreTests.postgreSQL + [leases]) { database in
            try await whileRequestsRead(database) {
                try await publishes(Outbox(database), PostgreSQLLease("relay", in: database))
            }
        }
    }

    private func publishes(_ outbox: Outbox, _ lease: some Lease) async throws {
        let log = ScriptedLog { _ in nil }
        let relay = OutboxRelay(store: outbox.store, lease: lease, log: log, metrics: Metrics(), logger: .silent)
        relay.start()
        for type in ["1", "2"] {
            try await outbox.append((0..<100).map { OutboxStoreTests.event("\($0)", type: type) })
            relay.wake()
        }
        try await waitUntil("all are on the log") { log.appended.withLock { $0.count } == 200 }
        try await waitUntil("all are marked") {
            try await outbox.store.entries(after: 0, limit: 1_000).allSatisfy(\.isPublished)
        }
        await relay.stop()
    }
}
