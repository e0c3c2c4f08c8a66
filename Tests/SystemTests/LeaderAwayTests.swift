import Causes
import EventLog
import ExactText
import Foundation
import Identifiers
import Kafka
import Outbox
import SQLite
import Telemetry
import TestBroker
import TestDatabase
import TestProcess
import Testing
import Timestamps

/// Three Kafka nodes, of which one stalls that leads partitions without a second replica: as when a topic was made so, or
/// when too few replicas are in sync.
@Suite(.serialized, .enabled(if: KafkaCluster.isAvailable, "needs Kafka with its `broker` script in KAFKA_HOME"))
struct LeaderAwayTests {
    private static let migrations = [
        SQLiteMigration(version: 1, name: "outbox", sql: SQLiteOutbox.schema),
        SQLiteMigration(version: 2, name: "outbox tries", sql: SQLiteOutbox.tries),
        SQLiteMigration(version: 3, name: "callers of the outbox", sql: SQLiteOutbox.callers),
        SQLiteMigration(version: 4, name: "trace states of the outbox", sql: SQLiteOutbox.traceStates),
    ]

    @Test func whatGoesElsewhereIsPublishedMeanwhile() async throws {
        try await withSlots(4) {
            let cluster = try await KafkaCluster(nodes: 3)
            do {
                try await run(cluster)
            } catch {
                await cluster.remove()
                throw error
            }
            await cluster.remove()
        }
    }

    private func run(_ cluster: KafkaCluster) async throws {
        let admin = try KafkaAdmin(
            KafkaConfiguration(bootstrapServers: cluster.address, properties: [:]), log: { _ in })
        for outcome in try await admin.create([
            KafkaNewTopic(
                name: "orders", partitions: 12, replicationFactor: 1, settings: ["min.insync.replicas": "1"])
        ]) { try outcome.get() }
        await admin.close()
        let log = try KafkaEventLog(bootstrapServers: cluster.address) { _ in }
        try await withDatabase(Self.migrations) { database in
            let outbox = SQLiteOutbox(database)
            let relay = OutboxRelay(store: outbox, lease: SoleLease(), log: log, metrics: Metrics(), logger: .silent)
            relay.start()
            try await commit(0..<10, to: database, relay)
            try await eventually("the log takes events", within: .seconds(60)) {
                try await counts(outbox).published == 10
            }

            try await cluster.pause(1)
            // A third of them goes to partitions of that node: twice a page.
            try await commit(10..<3_010, to: database, relay)
            try await eventually("all others are published", within: .seconds(40)) {
                let counts = try await counts(outbox)
                return counts.published + counts.aside == 3_010 && counts.aside > 500
            }
            let before = try await counts(outbox)
            try await commit(3_010..<3_110, to: database, relay)
            try await eventually("and later ones", within: .seconds(60)) {
                let counts = try await counts(outbox)
                return counts.published + counts.aside == 3_110 && counts.published > before.published
            }
            #expect(relay.status.complaint?.text.contains("of the log took no events while others did") == true)

            try await cluster.resume(1)
            try await eventually("all are published", within: .seconds(60)) {
                try await counts(outbox).published == 3_110
            }
            try await eventually("nothing is wrong any more", within: .seconds(60)) { relay.status.complaint == nil }
            await relay.stop()
        }
        let keys = try await keys(on: log)
        #expect(keys == Set((0..<3_110).map { "order-\($0)" }))
        await log.close()
    }

    private func commit(_ numbers: Range<Int>, to database: SQLiteDatabase, _ relay: OutboxRelay) async throws {
        let events = numbers.map { number in
            OutboxEvent(
                topic: "orders",
                event: CloudEvent(
                    id: .time(), type: "t", source: "/test", time: .now(), subject: ExactText("order-\(number)"),
                    cause: .unknown, data: Array("{}".utf8)))
        }
        try await database.write { try SQLiteOutbox.append(events, in: $0) }
        relay.wake()
    }

    private func counts(_ outbox: SQLiteOutbox) async throws -> (published: Int, aside: Int) {
        let entries = try await outbox.entries(after: 0, limit: 100_000)
        return (entries.count(where: \.isPublished), entries.count { $0.refusal?.nextTry == nil && $0.refusal != nil })
    }

    private func keys(on log: any EventLog) async throws -> Set<String> {
        var keys: Set<String> = []
        for range in try await log.ranges(topic: "orders") {
            var offset = range.earliest
            while offset < range.end {
                let records = try await log.read(
                    topic: "orders", partition: range.partition, from: offset, limit: 1_000)
                guard let last = records.last else { break }
                keys.formUnion(records.map { String(decoding: $0.key ?? [], as: UTF8.self) })
                offset = last.position.offset + 1
            }
        }
        return keys
    }
}
