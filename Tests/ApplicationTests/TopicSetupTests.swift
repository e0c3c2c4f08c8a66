import EventLog
import Events
import Identity
import SQLite
import ServiceLife
import Telemetry
import TestDatabase
import TestLog
import TestTelemetry
import Testing

@testable import Application
@testable import Orders

/// What is seen of the topics while the services run.
@Suite struct TopicSetupTests {
    private func withTopics(
        logger: Logger = .silent, _ body: (FaultyLog, SQLiteDatabase, TopicSetup) async throws -> Void
    ) async throws {
        try await withFolder { folder in
            let embedded = try await EmbeddedEventLog(path: folder + "/log.db")
            try await embedded.create(Topics.declared)
            let log = FaultyLog(embedded)
            try await withDatabase(SQLiteOrderMigrations.all) { database in
                let store = ShopDatabase(.order, in: database)
                try await body(log, database, TopicSetup(log: log, databases: { [store] }, logger: logger))
            }
            await log.close()
        }
    }

    private func publish(_ count: Int, by database: SQLiteDatabase) async throws {
        try await database.write { connection in
            for _ in 0..<count {
                try connection.execute(
                    """
                    INSERT INTO outbox (event_id, topic, type, source, time, subject, data, published_at)
                    VALUES (randomblob(16), 'orders', 'orderlog.OrderConfirmed.v1', '/x', 1, 'x', x'7b7d', 1)
                    """)
            }
        }
    }

    /// The topic was deleted while no service ran: told as soon as it can be counted, until the events are there again.
    @Test func whatWasLostBeforeTheStartIsToldUntilItIsBack() async throws {
        try await withTopics { log, database, setup in
            try await publish(2, by: database)
            func told() async -> String {
                await setup.look()
                return setup.health.complaint?.text ?? ""
            }
            log.withoutLeader = ["orders"]
            #expect(await told() == "")
            log.withoutLeader = []
            #expect(await told().contains("the topic orders is empty"))
            let record = LogRecord(topic: "orders", key: nil, value: Array("{}".utf8))
            _ = try await log.append([record])[0].get()
            #expect(await told().contains("orders has had 1 records, and \(database.path) has published 2"))
            _ = try await log.append([record])[0].get()
            #expect(await told() == "")
        }
    }

    /// An account without the right to see settings: that is told once, and everything else is seen.
    @Test func whoMayNotSeeSettingsSeesLosses() async throws {
        let file = try LogFile()
        try await withTopics(logger: file.logger(.warning)) { log, database, setup in
            try await publish(1, by: database)
            log.hidesSettings = true
            for _ in 0..<3 { await setup.look() }
            #expect(setup.health.complaint?.text.contains("the topic orders is empty") == true)
        }
        let lines = try file.lines()
        #expect(lines.count { $0.contains("settings are not for you") } == 1, "\(lines)")
        #expect(lines.count { $0.contains("events are gone from the log") } == 1, "\(lines)")
    }
}
