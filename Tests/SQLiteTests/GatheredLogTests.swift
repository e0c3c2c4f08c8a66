import Foundation
import SQLite
import Testing

private let notes = [
    SQLiteMigration(
        version: 1, name: "notes", sql: "CREATE TABLE notes (n INTEGER PRIMARY KEY, note BLOB NOT NULL) STRICT")
]

private struct Undone: Error {}

/// More than the writer's cache: some of it is written before the transaction ends.
private let large = 3_000

@Sendable private func insert(_ numbers: Range<Int>, in connection: SQLiteConnection) throws {
    for n in numbers {
        try connection.execute("INSERT INTO notes VALUES (?, randomblob(1000))", [.int(n)])
    }
}

private func count(_ database: SQLiteDatabase) async throws -> Int64? {
    try await database.read { connection in
        let found = try connection.rows("PRAGMA integrity_check") { $0.text(0) }
        guard found == ["ok"] else {
            Issue.record("\(found)")
            return nil
        }
        return try connection.first("SELECT COUNT(*) FROM notes") { $0.int(0) }
    }
}

@Suite("A log whose frames are gathered", .timeLimit(.minutes(2)))
struct GatheredLogTests {
    @Test("takes a commit in one call, and is whole when the commit is told")
    func commits() async throws {
        let disk = FailingDisk()
        try await withTemporaryFolder { folder in
            let path = "\(folder)/\(disk.mark).db"
            let database = try await SQLiteDatabase(path: path, role: .owner, migrations: notes)
            try await database.write { try insert(0..<1, in: $0) }
            for number in 1...5 {
                let before = disk.writes
                try await database.write { try insert(number * 10..<number * 10 + 10, in: $0) }
                #expect(disk.writes == before + 1)
                let copy = "\(folder)/copy-\(number).db"
                for end in ["", "-wal"] { try FileManager.default.copyItem(atPath: path + end, toPath: copy + end) }
                let after = try await SQLiteDatabase(path: copy, role: .owner, migrations: notes)
                #expect(try await count(after) == Int64(1 + number * 10))
                await after.close()
            }
            await database.close()
        }
    }

    @Test(
        "has none of a transaction that was rolled back after it had been written in part, while another process writes"
    )
    func rolledBack() async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/notes.db"
            let one = try await SQLiteDatabase(path: path, role: .shared, migrations: notes)
            let other = try await SQLiteDatabase(path: path, role: .shared, migrations: notes)
            var expected: Int64 = 0
            for round in 0..<12 {
                let start = round * 100_000
                // A commit that has nothing to write says nothing of its end.
                try await one.write { _ in }
                await #expect(throws: Undone.self) {
                    // Each ends somewhere else in what waits.
                    try await one.write { connection in
                        try insert(start..<start + large + round, in: connection)
                        throw Undone()
                    }
                }
                try await other.write { try insert(start..<start + 7, in: $0) }
                #expect(try await count(one) == expected + 7)
                try await one.write { try insert(start + 50_000..<start + 50_000 + 300 * round, in: $0) }
                expected += 7 + Int64(300 * round)
                #expect(try await count(other) == expected)
            }
            await one.close()
            #expect(try await count(other) == expected)
            await other.close()
        }
    }

    @Test("has what is left of a transaction of which one part was undone after it was written")
    func undonePart() async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/notes.db"
            let database = try await SQLiteDatabase(path: path, role: .owner, migrations: notes)
            // Those that come while the first is busy share a transaction.
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<12 {
                    group.addTask {
                        do {
                            try await database.write { connection in
                                try insert(number * 100_000..<number * 100_000 + large, in: connection)
                                if number % 3 == 1 { throw Undone() }
                            }
                        } catch {}
                    }
                }
            }
            #expect(try await count(database) == Int64(8 * large))
            await database.close()
            let again = try await SQLiteDatabase(path: path, role: .owner, migrations: notes)
            #expect(try await count(again) == Int64(8 * large))
            await again.close()
        }
    }
}
