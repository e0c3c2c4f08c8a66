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
    ]
    static let postgreSQL = [
        PostgreSQLMigration(version: 1, name: "outbox", sql: PostgreSQLOutbox.schema),
        PostgreSQLMigration(version: 2, name: "outbox tries", sql: PostgreSQLOutbox.tries),
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

    static func event(_ subject: String, type: String = "t", bytes: Int = 2) -> OutboxEvent {
        OutboxEvent(
            topic: "orders",
            event: CloudEvent(
                id: .time(), type: type, source: "/test", time: .now(), subject: ExactText(subject), traceparent: nil,
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
        Check("the pace grows up to a minute, and a clock that was wrong does not stretch it") { outbox in
            try await outbox.append([event("a")])
            for seconds in [1, 2, 4, 8, 16, 32, 60, 60, 60] as [Double] {
                _ = try await outbox.store.retry(key: nil)
                let before = Timestamp.now()
                try await outbox.refuseFirst("a")
                let refused = try #require(try await outbox.store.refused(key: "a", limit: 1).first)
                let next = try #require(refused.entry.refusal).nextTry
                #expect(next.seconds(since: before) >= seconds && next.seconds(since: .now()) <= seconds)
            }
            let refusal = try #require(try await outbox.store.refused(key: nil, limit: 1).first?.entry.refusal)
            #expect(refusal.tries == 9 && refusal.reason == "too large")
            #expect(refusal.since.seconds(since: .now()) > -60)
            #expect(try await outbox.due().isEmpty)
            try await outbox.execute("UPDATE outbox SET next_try = next_try + 7200000")
            #expect(try await outbox.due() == ["a"])
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
            try SQLiteOutbox.append([Self.event("a"), Self.event("b"), Self.event("a")], in: connection)
            try connection.execute("UPDATE outbox SET refused = 'too large' WHERE position = 1")
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
