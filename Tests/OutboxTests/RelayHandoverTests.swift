import EventLog
import ExactText
import SQLite
import Telemetry
import TestDatabase
import Testing

@testable import Outbox

/// One of several replicas publishes, and then another.
@Suite(.timeLimit(.minutes(2))) struct RelayHandoverTests {
    /// A replica's relay with what a test needs to see of it.
    private struct Replica {
        let database: SQLiteDatabase
        let store: WatchedStore
        let lease: ScriptedLease
        let log: ScriptedLog
        let relay: OutboxRelay

        func append(_ keys: [String]) async throws {
            try await database.write { try SQLiteOutbox.append(keys.map { OutboxStoreTests.event($0) }, in: $0) }
            relay.wake()
        }

        /// Another replica publishes all there is.
        func othersPublish() async throws {
            let entries = try await SQLiteOutbox(database).entries(after: 0, limit: 100)
            try await store.markPublished(entries.map(\.row.position))
        }
    }

    private func withReplica(_ log: ScriptedLog, _ body: (Replica) async throws -> Void) async throws {
        try await withDatabase(OutboxStoreTests.sqlite) { database in
            let (store, lease) = (WatchedStore(SQLiteOutbox(database)), ScriptedLease())
            let relay = OutboxRelay(store: store, lease: lease, log: log, metrics: Metrics(), logger: .silent)
            relay.start()
            try await body(Replica(database: database, store: store, lease: lease, log: log, relay: relay))
            await relay.stop()
        }
    }

    private let away = ScriptedLog.keys(of: 3)
    private let passing = ScriptedLog.keys(of: 0)

    @Test func whoLostTheLeaseDoesNotGoOnToComplainOfAPartition() async throws {
        try await withReplica(ScriptedLog(takingNothingFor: [3])) { replica in
            try await replica.append([away[0], passing[0]])
            try await waitUntil("it complains") {
                replica.relay.status.complaint?.text.contains("orders/3") == true
            }
            replica.lease.answers(.othersHaveIt)
            try await waitUntil("the lease is lost") { replica.lease.asked > 0 }
            try await replica.othersPublish()
            try await waitUntil("it complains no more") { replica.relay.status.complaint == nil }
        }
    }

    @Test func whoLostTheLeaseDoesNotGoOnToComplainOfTheLog() async throws {
        let log = ScriptedLog { _ in EventLogError(.unavailable, "Kafka is away") }
        try await withReplica(log) { replica in
            try await replica.append(passing)
            try await waitUntil("it complains") {
                replica.relay.status.complaint?.text == "the log takes no events"
            }
            replica.lease.answers(.othersHaveIt)
            try await waitUntil("it complains no more") { replica.relay.status.complaint == nil }
        }
    }

    @Test func whoLostTheLeaseFreesWhatItPutAsideSince() async throws {
        try await withReplica(ScriptedLog(takingNothingFor: [3])) { replica in
            replica.store.holdAside()
            try await replica.append([away[0], passing[0]])
            try await waitUntil("it puts aside") { replica.store.holdsSomething }
            replica.lease.answers(.othersHaveIt)
            replica.store.letAside()
            try await waitUntil("it is aside") { !replica.store.holdsSomething }
            try await waitUntil("the other replica finds it") {
                try await replica.store.pending(limit: 1).first?.event.event.subject.string == away[0]
            }
        }
    }

    @Test func whatAnotherReplicaPutsAsideLateIsPublished() async throws {
        try await withReplica(ScriptedLog()) { replica in
            try await waitUntil("it has taken over, and found nothing") {
                replica.store.frees > 0 && replica.store.backlogs > 1
            }
            let late = OutboxStoreTests.event(away[0])
            try await replica.database.write { connection in
                try SQLiteOutbox.append([late], in: connection)
                try connection.execute("UPDATE outbox SET next_try = \(OutboxPace.aside)")
            }
            try await waitUntil("it is published") { replica.log.has(away[0]) }
        }
    }

    @Test func whoCannotRenewTheLeaseSendsNothing() async throws {
        try await withReplica(ScriptedLog()) { replica in
            try await replica.append([passing[0]])
            try await waitUntil("it publishes") { replica.log.has(passing[0]) }
            replica.lease.answers(.away)
            try await waitUntil("the lease can't be renewed") { replica.lease.asked > 0 }
            try await replica.append([passing[1]])
            let asked = replica.lease.asked
            try await waitUntil("it was tried again") { replica.lease.asked > asked + 2 }
            #expect(!replica.log.has(passing[1]))
            replica.lease.answers(.held)
            try await waitUntil("it publishes again") { replica.log.has(passing[1]) }
        }
    }

    /// It is told that it publishes no more, though nothing can be marked meanwhile.
    @Test func whoCannotMarkAsksForTheLease() async throws {
        try await withReplica(ScriptedLog()) { replica in
            replica.store.fail(marks: true)
            try await replica.append([passing[0]])
            try await waitUntil("it was marked in vain") { replica.store.failedMarks > 0 }
            replica.lease.answers(.othersHaveIt)
            try await waitUntil("it knows that it lost the lease") { !replica.relay.isPublishing }
            replica.store.fail(marks: false)
        }
    }
}
