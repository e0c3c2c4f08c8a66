import EventLog
import Identifiers
import PostgreSQL
import SQLite
import TestDatabase
import Testing

@testable import Inbox

/// What every group memory promises, whatever the engine.
@Suite(.timeLimit(.minutes(1))) struct GroupMemoryTests {
    @Test func holdsOnSQLite() async throws {
        let migrations = [
            SQLiteMigration(version: 1, name: "inbox", sql: SQLiteInbox.schema),
            SQLiteMigration(version: 2, name: "bookmarks", sql: SQLiteGroupMemory.schema),
        ]
        try await withDatabase(migrations) { database in
            try await check(SQLiteGroupMemory(database)) {
                try await database.write { _ = try SQLiteInbox.enter([.time()], in: $0) }
            }
        }
    }

    @Test(.enabled(if: TestPostgreSQL.isAvailable, "needs PostgreSQL: set POSTGRES_URL"))
    func holdsOnPostgreSQL() async throws {
        try await TestPostgreSQL.withURL { url in
            let database = try await PostgreSQLDatabase(
                url: url, access: .service,
                migrations: [
                    PostgreSQLMigration(version: 1, name: "inbox", sql: PostgreSQLInbox.schema),
                    PostgreSQLMigration(version: 2, name: "bookmarks", sql: PostgreSQLGroupMemory.schema),
                ])
            do {
                try await check(PostgreSQLGroupMemory(database)) {
                    try await database.write { _ = try PostgreSQLInbox.enter([.time()], in: $0) }
                }
            } catch {
                await database.close()
                throw error
            }
            await database.close()
        }
    }

    private func check(_ memory: any GroupMemory, enter: () async throws -> Void) async throws {
        let (zero, one) = (LogPartition(topic: "t", partition: 0), LogPartition(topic: "t", partition: 1))
        func mark(_ partition: LogPartition, _ offset: Int64, _ id: String? = "x") -> Bookmark {
            Bookmark(partition: partition, offset: offset, eventID: id, fingerprint: [UInt8(offset), 0, 255])
        }
        var recalled = try await memory.recall(group: "g")
        #expect(recalled.partitions.isEmpty && recalled.isInboxEmpty)
        try await enter()
        #expect(try await !memory.recall(group: "g").isInboxEmpty)

        try await memory.remember(Bookmarks(group: "g", list: []))
        try await memory.remember(Bookmarks(group: "g", list: [mark(zero, 5), mark(one, 9, nil)]))
        try await memory.remember(Bookmarks(group: "h", list: [mark(zero, 1)]))
        // One that is late moves nothing back.
        try await memory.remember(Bookmarks(group: "g", list: [mark(zero, 4), mark(one, 10)]))
        recalled = try await memory.recall(group: "g")
        #expect(recalled.partitions.mapValues(\.bookmark) == [zero: mark(zero, 5), one: mark(one, 10)])
        #expect(try await memory.recall(group: "h").partitions.count == 1)

        let anew = RememberedPartition(horizon: Horizon(offset: 7, time: 8), voidOffset: 6)
        try await memory.replace([zero: anew], group: "g")
        try await memory.replace([:], group: "g")
        #expect(try await memory.recall(group: "g").partitions[zero] == anew)
        try await memory.remember(Bookmarks(group: "g", list: [mark(zero, 0)]))
        var expected = anew
        expected.bookmark = mark(zero, 0)
        #expect(try await memory.recall(group: "g").partitions[zero] == expected, "the horizon stays")
    }
}
