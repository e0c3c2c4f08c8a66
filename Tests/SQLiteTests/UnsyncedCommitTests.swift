import SQLite
import Synchronization
import Testing

private let numbers = [
    SQLiteMigration(version: 1, name: "numbers", sql: "CREATE TABLE numbers (n INTEGER PRIMARY KEY, note BLOB) STRICT")
]

@Sendable private func insert(_ n: Int, in connection: SQLiteConnection) throws {
    try connection.execute("INSERT INTO numbers (n) VALUES (?)", [.int(n)])
}

/// Nothing here is timed: where a sync would come by itself, the test is over long before, or waits for it.
@Suite("Commits without a sync of their own", .timeLimit(.minutes(2)))
struct UnsyncedCommitTests {
    private func withDatabase(_ body: (SQLiteDatabase, FailingDisk) async throws -> Void) async throws {
        let disk = FailingDisk()
        try await withTemporaryFolder { folder in
            let database = try await SQLiteDatabase(
                path: "\(folder)/\(disk.mark).db", role: .owner, migrations: numbers)
            // The first frames of a log have a sync of its head.
            try await database.write { try insert(0, in: $0) }
            do {
                try await body(database, disk)
            } catch {
                disk.fails = false
                await database.close()
                throw error
            }
            disk.fails = false
            await database.close()
        }
    }

    private func committed(_ database: SQLiteDatabase) async throws -> [Int64] {
        try await database.read { try $0.rows("SELECT n FROM numbers ORDER BY n") { $0.int(0) } }
    }

    @Test("are seen at once, and the next one that is synced syncs them, too")
    func next() async throws {
        try await withDatabase { database, disk in
            let before = disk.syncs
            try await database.write { try insert(1, in: $0) }
            #expect(disk.syncs == before + 1)
            try await database.write(.unsynced) { connection in
                #expect(!connection.isSynced)
                try insert(2, in: connection)
            }
            #expect(try await committed(database) == [0, 1, 2])
            try await database.write { connection in
                #expect(connection.isSynced)
                try insert(3, in: connection)
            }
            try await database.synced()
            // One that a second took may have been synced by itself.
            #expect((before + 2...before + 3).contains(disk.syncs))
        }
    }

    @Test("are synced within a second where nothing follows")
    func byThemselves() async throws {
        try await withDatabase { database, disk in
            let before = disk.syncs
            try await database.write(.unsynced) { try insert(1, in: $0) }
            try await database.synced()
            #expect(disk.syncs > before)
            let after = disk.syncs
            try await database.synced()
            try await database.synced(now: true)
            #expect(disk.syncs == after, "nothing is left to be synced")
        }
    }

    @Test("are synced at once for whoever asks, and as the database is closed")
    func now() async throws {
        try await withDatabase { database, disk in
            let before = disk.syncs
            try await database.write(.unsynced) { try insert(1, in: $0) }
            try await database.synced(now: true)
            #expect(disk.syncs > before)
            try await database.write(.unsynced) { try insert(2, in: $0) }
            let waiting = Task { try await database.synced() }
            await database.close()
            // It was told before the end, or came after it.
            _ = await waiting.result
            let again = try await SQLiteDatabase(path: database.path, role: .owner, migrations: numbers)
            #expect(try await committed(again) == [0, 1, 2])
            await again.close()
        }
    }

    @Test("share a commit with others that are to be synced, and are synced with them")
    func together() async throws {
        try await withDatabase { database, disk in
            final class Flag: Sendable { let isSet = Atomic(false) }
            let isWrong = Flag()
            let before = disk.syncs
            try await withThrowingTaskGroup(of: Void.self) { group in
                for n in 1...20 {
                    group.addTask {
                        try await database.write(n.isMultiple(of: 2) ? .synced : .unsynced) { connection in
                            if n.isMultiple(of: 2), !connection.isSynced {
                                isWrong.isSet.store(true, ordering: .relaxed)
                            }
                            try insert(n, in: connection)
                        }
                    }
                }
                try await group.waitForAll()
            }
            let wasWrong = isWrong.isSet.load(ordering: .relaxed)
            #expect(!wasWrong, "a write that is to be synced was in a commit that is not")
            #expect(disk.syncs > before)
        }
    }

    @Test("are made sure of before a synced write that changes nothing is answered")
    func nothingChanged() async throws {
        try await withDatabase { database, disk in
            try await database.write(.unsynced) { try insert(1, in: $0) }
            let found = try await database.write { try $0.first("SELECT n FROM numbers WHERE n = 1") { $0.int(0) } }
            #expect(found == 1)
            let after = disk.syncs
            try await database.synced(now: true)
            #expect(disk.syncs == after)
        }
    }

    @Test("are written anew after a sync that failed, before anything is promised")
    func failed() async throws {
        try await withDatabase { database, disk in
            try await database.write(.unsynced) { connection in
                try insert(1, in: connection)
                // From here on: later it may have been synced already.
                disk.fails = true
            }
            await #expect(throws: SQLiteError.self) { try await database.synced(now: true) }
            let writes = disk.writes
            for commit in [SQLiteDatabase.Commit.synced, .unsynced] {
                let error = await #expect(throws: SQLiteError.self) {
                    try await database.write(commit) { try insert(2, in: $0) }
                }
                #expect(error?.kind == .io)
                #expect(error?.isOutcomeUnknown == false, "it was not begun")
            }
            #expect(database.trouble != nil)
            disk.fails = false
            try await database.write { try insert(3, in: $0) }
            #expect(disk.writes > writes + 2, "what was there before was written again")
            #expect(try await committed(database) == [0, 1, 3])
            #expect(database.trouble == nil)
            try await database.synced()
        }
    }

    @Test("are told of where the sync that comes by itself fails, and are synced in the end")
    func failedByItself() async throws {
        try await withDatabase { database, disk in
            disk.fails = true
            try await database.write(.unsynced) { try insert(1, in: $0) }
            await #expect(throws: SQLiteError.self) { try await database.synced() }
            try await eventually { database.trouble != nil }
            await #expect(throws: SQLiteError.self) { try await database.synced() }
            disk.fails = false
            try await eventually { (try? await database.synced()) != nil }
        }
    }

    @Test("do not keep the log from being written back, once they are synced")
    func long() async throws {
        try await withDatabase { database, _ in
            let page = SQLiteValue.blob([UInt8](repeating: 7, count: 4_000))
            for n in 1...1_200 {
                try await database.write(.unsynced) { connection in
                    try connection.execute("INSERT INTO numbers VALUES (?, ?)", [.int(n), page])
                }
            }
            try await database.write { try insert(5_000, in: $0) }
            try await database.write { try insert(5_001, in: $0) }
            // Written back when the thousandth frame was synced, whenever that was; some of these were of the same pages.
            let size = try #require(bytes(ofFile: database.path)?.count)
            #expect(size > 500 * 4_096)
        }
    }
}
