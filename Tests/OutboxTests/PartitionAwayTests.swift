import EventLog
import Headers
import PostgreSQL
import SQLite
import Synchronization
import Telemetry
import TestDatabase
import Testing

@testable import Outbox

/// One partition takes nothing, and others do.
@Suite(.timeLimit(.minutes(2))) struct PartitionAwayTests {
    private typealias Outbox = OutboxStoreTests.Outbox

    @Test func onSQLite() async throws {
        try await withDatabase(OutboxStoreTests.sqlite) {
            try await whatGoesThereWaitsAndFillsNoPage(Outbox($0), SoleLease())
        }
    }

    @Test(.enabled(if: TestPostgreSQL.isAvailable, "needs PostgreSQL: set POSTGRES_URL"))
    func onPostgreSQL() async throws {
        let leases = PostgreSQLMigration(version: 5, name: "leases", sql: PostgreSQLLease.schema)
        try await withPostgreSQL(OutboxStoreTests.postgreSQL + [leases]) {
            try await whatGoesThereWaitsAndFillsNoPage(Outbox($0), PostgreSQLLease("relay", in: $0))
        }
    }

    private func whatGoesThereWaitsAndFillsNoPage(_ outbox: Outbox, _ lease: some Lease) async throws {
        let away = LogPartition(topic: "orders", partition: 3)
        let isAway = { @Sendable (key: [UInt8]?) in key.map { Murmur2.partition(of: $0, among: 12) } == away.partition }
        let log = ScriptedLog { record in
            isAway(record.key) ? EventLogError(.unavailable, "no leader", partition: away) : nil
        }
        let keys = (0..<20_000).map { "order-\($0)" }
        // More than a page of them stands before the first of the others.
        let waiting = Array(keys.filter { isAway(Array($0.utf8)) }.prefix(700))
        let passing = Array(keys.filter { !isAway(Array($0.utf8)) }.prefix(700))
        for type in ["1", "2"] {
            try await outbox.append((waiting + passing).map { OutboxStoreTests.event($0, type: type) })
        }
        let relay = OutboxRelay(store: outbox.store, lease: lease, log: log, metrics: Metrics(), logger: .silent)
        relay.start()
        while log.appended.withLock({ $0.count }) < 1_400 { try await Task.sleep(for: .milliseconds(2)) }
        while relay.status.backlog != OutboxBacklog(aside: 700, behind: 700) {
            try await Task.sleep(for: .milliseconds(2))
        }
        #expect(
            relay.status.complaint?.text.contains("orders/3 of the log took no events while others did: 700") == true)
        try await waitUntil("all others are marked") { try await outbox.pending().isEmpty }
        // Each try costs as long as a request may take: what is known to go there is not sent. A page of 500 is how that becomes
        // known, and the rest of the 700 where the other task learns the number of partitions late; a few more ask for its return.
        let tries = log.batches.withLock { $0.joined().count { isAway($0.key) } }
        #expect(tries < 800, "\(tries)")

        log.answers { _ in nil }
        while log.appended.withLock({ $0.count }) < 2_800 { try await Task.sleep(for: .milliseconds(2)) }
        while relay.status.complaint != nil { try await Task.sleep(for: .milliseconds(2)) }
        await relay.stop()
        let types = log.appended.withLock { records in
            records.reduce(into: [[UInt8]: [String?]]()) {
                $0[$1.key ?? [], default: []].append($1.headers.text("ce_type"))
            }
        }
        #expect(types.count == 1_400 && types.values.allSatisfy { $0 == ["1", "2"] })
    }
}
