import Causes
import EventLog
import ExactText
import Foundation
import Identifiers
import PostgreSQL
import SQLite
import TestDatabase
import Testing
import Timestamps

@testable import Outbox

/// What both engines keep: rows in turn, rows that the log refuses, and what stands behind these.
@Suite(.timeLimit(.minutes(2))) struct OutboxStoreTests {
    static let sqlite = [
        SQLiteMigration(version: 1, name: "outbox", sql: SQLiteOutbox.schema),
        SQLiteMigration(version: 2, name: "outbox tries", sql: SQLiteOutbox.tries),
        SQLiteMigration(version: 3, name: "callers of the outbox", sql: SQLiteOutbox.callers),
        SQLiteMigration(version: 4, name: "trace states of the outbox", sql: SQLiteOutbox.traceStates),
    ]
    static let postgreSQL = [
        PostgreSQLMigration(version: 1, name: "outbox", sql: PostgreSQLOutbox.schema),
        PostgreSQLMigration(version: 2, name: "outbox tries", sql: PostgreSQLOutbox.tries),
        PostgreSQLMigration(version: 3, name: "callers of the outbox", sql: PostgreSQLOutbox.callers),
        PostgreSQLMigration(version: 4, name: "trace states of the outbox", sql: PostgreSQLOutbox.traceStates),
    ]

    typealias Store = OutboxStore & OutboxReader & OutboxRetry

    /// One engine's outbox, and how events and statements get into its database.
    struct Outbox {
        var store: any Store
        var append: @Sendable ([OutboxEvent]) async throws -> Void
        var execute: @Sendable (String) async throws -> Void

        init(_ database: SQLiteDatabase) {
            store = SQLiteOutbox(database)
            append = { events in try await database.write { try SQLiteOutbox.append(events, in: $0) } }
            execute = { sql in try await database.write { try $0.execute(sql) } }
        }

        init(_ database: PostgreSQLDatabase) {
            store = PostgreSQLOutbox(database)
            append = { events in try await database.write { try PostgreSQLOutbox.append(events, in: $0) } }
            execute = { sql in try await database.write { try $0.execute(sql) } }
        }

        /// The subjects of what is pending, or due.
        func pending() async throws -> [String] {
            try await store.pending(limit: 100).map(\.event.event.subject.string)
        }
        func due() async throws -> [String] { try await store.due(limit: 100).map(\.event.event.subject.string) }

        func refuseFirst(_ subject: String) async throws {
            let rows = try await store.pending(limit: 100) + store.due(limit: 100)
            let row = try #require(rows.first { $0.event.event.subject.string == subject })
            try await store.markRefused([OutboxRefusal(position: row.position, reason: "too large")])
        }
    }

    static func event(
        _ subject: String, type: String = "t", cause: Cause = .unknown, bytes: Int = 2
    ) -> OutboxEvent {
        OutboxEvent(
            topic: "orders",
            event: CloudEvent(
                id: .time(), type: type, source: "/test", time: .now(), subject: ExactText(subject), cause: cause,
                data: [UInt8](repeating: UInt8(ascii: "1"), count: bytes)))
    }

    struct Check: CustomTestStringConvertible {
        let testDescription: String
        let body: @Sendable (Outbox) async throws -> Void

        init(_ name: String, _ body: @escaping @Sendable (Outbox) async throws -> Void) {
            testDescription = name
            self.body = body
        }
    }

    @Test(arguments: checks) func onSQLite(_ check: Check) async throws {
        try await withDatabase(Self.sqlite) { try await check.body(Outbox($0)) }
    }

    @Test(.enabled(if: TestPostgreSQL.isAvailable, "needs PostgreSQL: set POSTGRES_URL"), arguments: checks)
    func onPostgreSQL(_ check: Check) async throws {
        try await withPostgreSQL(Self.postgreSQL) { try await check.body(Outbox($0)) }
    }

    static let checks = [
        Check("a row keeps its event with what caused it, wherever it waits") { outbox in
            let all = Cause(traceparent: "t", caller: CallerName("shop.2"))
            let events = [event("a", cause: all), event("a"), event("b", cause: Cause(caller: CallerName("staff")))]
            try await outbox.append(events)
            #expect(try await outbox.store.pending(limit: 10).map(\.event) == events)
            try await outbox.refuseFirst("a")
            #expect(try await outbox.store.pending(limit: 10).map(\.event) == [events[2]])
            _ = try await outbox.store.retry(key: nil)
            #expect(try await outbox.store.due(limit: 10).map(\.event) == [events[0]])
            #expect(try await outbox.store.refused(key: nil, limit: 10).map(\.entry.row.event) == [events[0]])
            #expect(try await outbox.store.entries(after: 0, limit: 10).map(\.row.event) == events)
            #expect(try await outbox.store.oldestPending()?.event == events[2])
        },
        Check("a refused row steps aside with its key, and both come back in order") { outbox in
            try await outbox.append([event("a", type: "1"), event("b"), event("a", type: "2")])
            try await outbox.refuseFirst("a")
            #expect(try await outbox.pending() == ["b"])
            try await outbox.append([event("a", type: "3"), event("c")])
            #expect(try await outbox.pending() == ["b", "c"])
            try await outbox.execute("UPDATE outbox SET next_try = next_try + 60000 WHERE attempts = 1")
            #expect(try await outbox.due().isEmpty, "its time has not come")
            #expect(try await outbox.store.backlog().refused == 1)
            #expect(try await outbox.store.backlog().behind == 2)
            #expect(try await outbox.store.retry(key: "b") == 0)
            #expect(try await outbox.store.retry(key: "a") == 1)
            let due = try await outbox.store.due(limit: 10)
            #expect(due.map(\.event.event.type) == ["1"])
            try await outbox.store.markPublished(due.map(\.position))
            let types = try await outbox.store.pending(limit: 10).filter { $0.event.event.subject.string == "a" }
                .map(\.event.event.type)
            #expect(types == ["2", "3"])
            #expect(try await outbox.store.backlog() == OutboxBacklog())
        },
        Check("what waits is counted, wherever it waits, and dated by its oldest event") { outbox in
            #expect(try await outbox.store.standing() == OutboxStanding())
            var events = [event("a", type: "1"), event("b"), event("a", type: "2"), event("c")]
            for index in events.indices { events[index].event.time = Timestamp(milliseconds: Int64(index + 1) * 1_000) }
            try await outbox.append(events)
            #expect(
                try await outbox.store.standing()
                    == OutboxStanding(waiting: 4, oldest: Timestamp(milliseconds: 1_000)))
            try await outbox.refuseFirst("a")
            #expect(
                try await outbox.store.standing()
                    == OutboxStanding(waiting: 4, oldest: Timestamp(milliseconds: 1_000)))
            try await outbox.store.markPublished(try await outbox.store.pending(limit: 10).map(\.position))
            #expect(try await outbox.store.standing().waiting == 2)
            _ = try await outbox.store.retry(key: nil)
            for _ in 0..<2 {
                let rows = try await outbox.store.due(limit: 10) + outbox.store.pending(limit: 10)
                try await outbox.store.markPublished(rows.map(\.position))
            }
            #expect(try await outbox.store.standing() == OutboxStanding())
        },
        Check("the pace grows up to a minute, and a clock that was wrong does not stretch it") { outbox in
            try await outbox.append([event("a")])
            for seconds in [1, 2, 4, 8, 16, 32, 60, 60, 60] as [Double] {
                _ = try await outbox.store.retry(key: nil)
                let before = Timestamp.now()
                try await outbox.refuseFirst("a")
                let refused = try #require(try await outbox.store.refused(key: "a", limit: 1).first)
                let next = try #require(refused.entry.refusal?.nextTry)
                #expect(next.seconds(since: before) >= seconds && next.seconds(since: .now()) <= seconds)
            }
            let refusal = try #require(try await outbox.store.refused(key: nil, limit: 1).first?.entry.refusal)
            #expect(refusal.tries == 9 && refusal.reason == "too large")
            #expect(refusal.since.seconds(since: .now()) > -60)
            #expect(try await outbox.due().isEmpty)
            try await outbox.execute("UPDATE outbox SET next_try = next_try + 7200000")
            #expect(try await outbox.due() == ["a"])
        },
        Check("rows that are put aside wait with their keys until they are freed, in order") { outbox in
            try await outbox.append([event("a", type: "1"), event("b"), event("a", type: "2"), event("c")])
            let rows = try await outbox.store.pending(limit: 10)
            try await outbox.refuseFirst("c")
            let aside = rows.filter { $0.event.event.type == "1" || $0.event.event.subject.string == "c" }
            try await outbox.store.putAside(aside.map { OutboxRefusal(position: $0.position, reason: "no leader") })
            #expect(try await outbox.pending() == ["b"])
            #expect(try await outbox.due().isEmpty, "no time brings them back")
            #expect(try await outbox.store.backlog() == OutboxBacklog(aside: 2, behind: 1))
            let shown = try await outbox.store.refused(key: "a", limit: 10).first
            let refusal = try #require(shown?.entry.refusal)
            #expect(refusal.tries == 0 && refusal.nextTry == nil && refusal.reason == "no leader" && shown?.behind == 1)
            #expect(try await outbox.store.freeAside(limit: 1) == 1)
            #expect(try await outbox.store.backlog() == OutboxBacklog(aside: 1))
            #expect(try await outbox.store.freeAside(limit: 10) == 1)
            #expect(try await outbox.store.freeAside(limit: 10) == 0)
            #expect(
                try await outbox.store.pending(limit: 10).map(\.event.event.subject.string) == ["a", "b", "a", "c"])
            #expect(try await outbox.store.entries(after: 0, limit: 10).allSatisfy { $0.refusal == nil })
            // What was refused before goes on at its pace; and what somebody frees by hand is tried.
            try await outbox.refuseFirst("c")
            #expect(try await outbox.store.refused(key: "c", limit: 1).first?.entry.refusal?.tries == 2)
            let first = try #require(try await outbox.store.pending(limit: 1).first)
            try await outbox.store.putAside([OutboxRefusal(position: first.position, reason: "no leader")])
            #expect(try await outbox.store.retry(key: "a") == 1)
            // By now "c" may be due by itself.
            #expect(try await outbox.due().contains("a"))
            // What another has published meanwhile is not put aside.
            try await outbox.store.markPublished([first.position])
            try await outbox.store.putAside([OutboxRefusal(position: first.position, reason: "no leader")])
            #expect(try await outbox.store.backlog().aside == 0)
        },
        Check("what is published meanwhile is not refused, and frees what stood behind it") { outbox in
            try await outbox.append([event("a", type: "1"), event("a", type: "2")])
            let row = try #require(try await outbox.store.pending(limit: 1).first)
            try await outbox.store.markRefused([OutboxRefusal(position: row.position, reason: "no")])
            #expect(try await outbox.pending().isEmpty)
            // Another relay, that was stalled, had sent it before.
            try await outbox.store.markPublished([row.position])
            try await outbox.store.markRefused([OutboxRefusal(position: row.position, reason: "no")])
            #expect(try await outbox.store.pending(limit: 10).map(\.event.event.type) == ["2"])
            #expect(try await outbox.store.backlog() == OutboxBacklog())
        },
        Check("of a key with several refused rows the first is tried first") { outbox in
            try await outbox.append([event("a", type: "1"), event("a", type: "2")])
            try await outbox.execute("UPDATE outbox SET attempts = 1, next_try = 2 - position, refused = 'x'")
            #expect(try await outbox.store.due(limit: 10).map(\.event.event.type) == ["1"])
        },
        Check("when somebody removes the row that others wait for, they are free") { outbox in
            try await outbox.append([event("a"), event("a")])
            try await outbox.refuseFirst("a")
            #expect(try await outbox.pending().isEmpty)
            try await outbox.execute("DELETE FROM outbox WHERE attempts = 1")
            try await outbox.store.freeOrphans()
            #expect(try await outbox.pending() == ["a"])
        },
        Check("a page of large rows ends by its bytes, and what waits does not end it") { outbox in
            for number in 0..<10 { try await outbox.append([event("\(number)", bytes: 1 << 20)]) }
            #expect(try await outbox.pending() == ["0", "1", "2", "3"])
            let entries = try await outbox.store.entries(after: 2, limit: 100)
            #expect(entries.map(\.row.event.event.subject.string) == ["2", "3", "4", "5"])
            try await outbox.execute("UPDATE outbox SET attempts = 1, refused = 'x', next_try = position")
            #expect(try await outbox.due() == ["0", "1", "2", "3"])
            try await outbox.execute("UPDATE outbox SET subject = '0'")
            try await outbox.execute("UPDATE outbox SET next_try = NULL WHERE subject = '0' AND position > 1")
            try await outbox.append([event("a")])
            #expect(try await outbox.pending() == ["a"])
            #expect(try await outbox.due() == ["0"])
            #expect(try await outbox.store.backlog().behind == 9)
        },
        Check("what waits fills no page, and its number is no matter") { outbox in
            for _ in 0..<10 { try await outbox.append((0..<1_000).map { _ in event("hot") }) }
            try await outbox.refuseFirst("hot")
            try await outbox.append([event("a"), event("b")])
            _ = try await outbox.pending()
            #expect(try await outbox.pending() == ["a", "b"])
            #expect(try await outbox.store.backlog().behind == 9_999)
            try await outbox.append([event("hot"), event("c")])
            #expect(try await outbox.pending() == ["a", "b", "c"])
            _ = try await outbox.store.retry(key: "hot")
            #expect(try await outbox.due() == ["hot"])
        },
    ]

    /// Of ten thousand refused keys none is looked at on the way to what can be published.
    @Test func sqliteLooksAtNoRowThatWaits() async throws {
        try await withDatabase(Self.sqlite) { database in
            for (sql, indexes) in [
                (SQLiteOutbox.pendingRows, ["outbox_turn", "outbox_waiting"]),
                (SQLiteOutbox.dueRows, ["outbox_next_try", "outbox_waiting"]),
            ] {
                let plan = try await database.read { connection in
                    try connection.rows("EXPLAIN QUERY PLAN \(sql.replacing("?", with: "1"))", []) { $0.text(3) }
                }.joined(separator: "\n")
                for index in indexes { #expect(plan.contains(index), "\(plan)") }
                #expect(!plan.contains("USE TEMP B-TREE"), "\(plan)")
            }
        }
    }

    @Test(.enabled(if: TestPostgreSQL.isAvailable, "needs PostgreSQL: set POSTGRES_URL"))
    func postgreSQLLooksAtNoRowThatWaits() async throws {
        try await withPostgreSQL(Self.postgreSQL) { database in
            let outbox = Outbox(database)
            for number in 0..<20 {
                try await outbox.append((0..<1_000).map { Self.event("waits-\(number)-\($0)") })
            }
            try await outbox.execute("UPDATE outbox SET attempts = 1, refused = 'x', next_try = 0")
            try await outbox.append([Self.event("a")])
            try await outbox.execute("ANALYZE outbox")
            for (sql, index) in [
                (PostgreSQLOutbox.pendingRows, "outbox_turn"), (PostgreSQLOutbox.dueRows, "outbox_next_try"),
            ] {
                let bound = sql.replacing("$1", with: "500").replacing("$2", with: "300000")
                let plan = try await database.read { connection in
                    try connection.run("EXPLAIN \(bound)").map { $0.text(0) }
                }.joined(separator: "\n")
                #expect(plan.contains(index) && plan.contains("outbox_waiting"), "\(plan)")
                #expect(!plan.contains("Seq Scan") && !plan.contains("hashed"), "\(plan)")
            }
        }
    }

    /// What an earlier version gave up for good.
    @Test func whatWasGivenUpIsTriedAgain() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "outbox-\(Identifier.time()).db").path
        defer {
            for suffix in ["", "-wal", "-shm", ".lock"] { try? FileManager.default.removeItem(atPath: path + suffix) }
        }
        let old = try await SQLiteDatabase(path: path, role: .owner, migrations: [Self.sqlite[0]])
        try await old.write { connection in
            try connection.execute(
                """
                INSERT INTO outbox (event_id, topic, type, source, time, subject, data, refused)
                VALUES (randomblob(16), 'orders', 't', '/test', 1, 'a', x'31', 'too large'),
                    (randomblob(16), 'orders', 't', '/test', 1, 'b', x'31', NULL),
                    (randomblob(16), 'orders', 't', '/test', 1, 'a', x'31', NULL)
                """)
        }
        await old.close()
        let database = try await SQLiteDatabase(path: path, role: .owner, migrations: Self.sqlite)
        let outbox = Outbox(database)
        #expect(try await outbox.due() == ["a"])
        #expect(try await outbox.pending() == ["b"])
        #expect(try await outbox.store.backlog().behind == 1)
        await database.close()
    }
}
