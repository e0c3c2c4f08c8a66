import Foundation
import SQLite
import Testing

private let numbers = [
    SQLiteMigration(
        version: 1, name: "numbers",
        sql: "CREATE TABLE numbers (n INTEGER PRIMARY KEY CHECK (n >= 0), note TEXT) STRICT")
]

/// Runs `body` on a new database that has a table `numbers (n, note)`.
private func withDatabase(_ body: (SQLiteDatabase, String) async throws -> Void) async throws {
    try await withTemporaryFolder { folder in
        let path = folder + "/test.db"
        let database = try await SQLiteDatabase(path: path, role: .owner, migrations: numbers)
        try await body(database, path)
        await database.close()
    }
}

private func count(_ connection: SQLiteConnection) throws -> Int64 {
    try connection.first("SELECT count(*) FROM numbers") { $0.int(0) } ?? -1
}

@Suite("A database")
struct DatabaseTests {
    @Test("keeps every kind of value as it was given")
    func values() async throws {
        try await withTemporaryFolder { folder in
            let table = SQLiteMigration(
                version: 1, name: "values", sql: "CREATE TABLE v (id INTEGER PRIMARY KEY, a ANY, b ANY, c ANY) STRICT")
            let database = try await SQLiteDatabase(path: folder + "/v.db", role: .owner, migrations: [table])
            let long = "žluťoučký kůň 🐎 — longer than fifteen bytes"
            let big = [UInt8](repeating: 7, count: 1_000_000)
            try await database.write { connection in
                try connection.execute("INSERT INTO v VALUES (1, ?, ?, ?)", [.text(long), "short", ""])
                try connection.execute("INSERT INTO v VALUES (2, ?, ?, ?)", [.blob([]), nil, .blob([0, 255, 0])])
                try connection.execute(
                    "INSERT INTO v VALUES (3, ?, ?, ?)", [.integer(.min), .real(0.1), .integer(.max)])
                try connection.execute(
                    "INSERT INTO v VALUES (4, ?, ?, ?)", [.blob(big), .bool(true), .optional(nil as String?)])
            }
            try await database.read { connection in
                try connection.forEach("SELECT a, b, c FROM v WHERE id = 1") { row in
                    #expect(row.text(0) == long)
                    #expect(row.text(1) == "short")
                    #expect(row.optionalText(2) == "")
                }
                try connection.forEach("SELECT a, b, c FROM v WHERE id = 2") { row in
                    #expect(row.optionalBlob(0) == [])
                    #expect(!row.isNull(0))
                    #expect(row.optionalBlob(1) == nil)
                    #expect(row.optionalText(1) == nil)
                    #expect(row.optionalInt(1) == nil)
                    #expect(row.isNull(1))
                    #expect(row.blob(2) == [0, 255, 0])
                }
                try connection.forEach("SELECT a, b, c FROM v WHERE id = 3") { row in
                    #expect(row.int(0) == .min)
                    #expect(row.real(1) == 0.1)
                    #expect(row.optionalInt(2) == .max)
                }
                try connection.forEach("SELECT a, b, c FROM v WHERE id = 4") { row in
                    #expect(row.blob(0) == big)
                    #expect(row.int(1) == 1)
                    #expect(row.isNull(2))
                }
            }
            await database.close()
        }
    }

    @Test("shows a reader only what is committed")
    func readersBesideTheWriter() async throws {
        try await withDatabase { database, _ in
            let written = DispatchSemaphore(value: 0)
            let looked = DispatchSemaphore(value: 0)
            let writing = Task {
                try await database.write { connection in
                    try connection.execute("INSERT INTO numbers VALUES (1, 'a')")
                    written.signal()
                    looked.wait()
                }
            }
            // The semaphores block SQLite's own threads alone.
            let during = try await database.read { connection in
                written.wait()
                return try count(connection)
            }
            looked.signal()
            try await writing.value
            let after = try await database.read(count)
            #expect(during == 0)
            #expect(after == 1)
        }
    }

    @Test("lets many callers write and read at once, and loses nothing")
    func manyCallers() async throws {
        try await withDatabase { database, _ in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for n in 0..<200 {
                    group.addTask {
                        try await database.write { try $0.execute("INSERT INTO numbers (n) VALUES (?)", [.int(n)]) }
                        let found = try await database.read { connection in
                            try connection.first("SELECT n FROM numbers WHERE n = ?", [.int(n)]) { $0.int(0) }
                        }
                        #expect(found == Int64(n))
                    }
                }
                try await group.waitForAll()
            }
            let total = try await database.read(count)
            #expect(total == 200)
        }
    }

    @Test("keeps nothing of a transaction that throws")
    func rollback() async throws {
        struct Refusal: Error {}
        try await withDatabase { database, _ in
            await #expect(throws: Refusal.self) {
                try await database.write { connection in
                    try connection.execute("INSERT INTO numbers VALUES (1, 'a')")
                    throw Refusal()
                }
            }
            try await database.write { try $0.execute("INSERT INTO numbers VALUES (2, 'b')") }
            let found = try await database.read { try $0.rows("SELECT n FROM numbers") { $0.int(0) } }
            #expect(found == [2])
        }
    }

    @Test("names a broken constraint, and can go on in the same transaction")
    func constraints() async throws {
        try await withDatabase { database, _ in
            let kinds = try await database.write { connection in
                var kinds: [SQLiteError.Kind] = []
                try connection.execute("INSERT INTO numbers VALUES (1, 'a')")
                for sql in ["INSERT INTO numbers VALUES (1, 'b')", "INSERT INTO numbers VALUES (-1, 'b')"] {
                    do throws(SQLiteError) { try connection.execute(sql) } catch { kinds.append(error.kind) }
                }
                try connection.execute("INSERT INTO numbers VALUES (2, 'a')")
                return kinds
            }
            #expect(kinds == [.constraint, .constraint])
            let total = try await database.read(count)
            #expect(total == 2)
        }
    }

    @Test("reports a constraint that fails at the commit, and goes on")
    func deferredConstraint() async throws {
        try await withDatabase { database, _ in
            try await database.write { connection in
                try connection.execute(
                    "CREATE TABLE child (n INTEGER REFERENCES numbers (n) DEFERRABLE INITIALLY DEFERRED)")
            }
            let error = await #expect(throws: SQLiteError.self) {
                try await database.write { try $0.execute("INSERT INTO child VALUES (99)") }
            }
            #expect(error?.kind == .constraint)
            try await database.write { try $0.execute("INSERT INTO numbers VALUES (1, 'a')") }
        }
    }

    @Test("stores nothing of a transaction that a full disk has undone, even if the error was ignored; then goes on")
    func fullDisk() async throws {
        try await withDatabase { database, _ in
            let error = await #expect(throws: SQLiteError.self) {
                try await database.write { connection in
                    _ = try connection.first("PRAGMA max_page_count = 4") { $0.int(0) }
                    try connection.execute("INSERT INTO numbers VALUES (1, 'before')")
                    let large = SQLiteValue.text(String(repeating: "x", count: 100_000))
                    try? connection.execute("INSERT INTO numbers VALUES (2, ?)", [large])
                    // SQLite has rolled back; run now, this would be a transaction of its own.
                    try? connection.execute("INSERT INTO numbers VALUES (3, 'after')")
                }
            }
            #expect(error?.kind == .full)
            let total = try await database.write { connection in
                _ = try connection.first("PRAGMA max_page_count = 1000000") { $0.int(0) }
                try connection.execute("INSERT INTO numbers VALUES (4, 'space again')")
                return try count(connection)
            }
            #expect(total == 1)
        }
    }

    @Test("runs the same statement inside itself, each with its own values")
    func nestedStatements() async throws {
        try await withDatabase { database, _ in
            let pairs = try await database.write { connection in
                for n in 1...3 { try connection.execute("INSERT INTO numbers VALUES (?, 'n')", [.int(n)]) }
                let sql = "SELECT n FROM numbers WHERE n > ? ORDER BY n"
                return try connection.rows(sql, [0]) { outer in
                    let first = outer.int(0)
                    return try connection.rows(sql, [.integer(first)]) { [first, $0.int(0)] }
                }
            }
            #expect(pairs == [[[1, 2], [1, 3]], [[2, 3]], []])
        }
    }

    @Test("stores an identifier as 16 bytes, and reads no other number of them as one")
    func identifiers() async throws {
        try await withDatabase { database, _ in
            let (high, low): (UInt64, UInt64) = (0x0102_0304_0506_0708, 0xfffe_fdfc_fbfa_f9f8)
            let bytes: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8, 0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0xfa, 0xf9, 0xf8]
            try await database.read { connection in
                let isSame = try connection.first(
                    "SELECT ? = ?, typeof(?3), ?3, ?1, zeroblob(15), NULL",
                    [.uuid(high, low), .blob(bytes), .uuid(low, high)]
                ) { row in
                    let read = try #require(row.uuid(3))
                    #expect(read.high == high && read.low == low)
                    #expect(row.uuid(2)?.high == low && row.text(1) == "blob")
                    #expect(row.uuid(4) == nil && row.uuid(5) == nil)
                    return row.int(0)
                }
                #expect(isSame == 1)
            }
        }
    }

    @Test("refuses a wrong number of values, and SQL that is none")
    func misuse() async throws {
        try await withDatabase { database, _ in
            for (sql, values) in [("SELECT ?", [SQLiteValue]()), ("SELEKT", []), ("", []), (#"SELECT "n""#, [])] {
                let error = await #expect(throws: SQLiteError.self) {
                    try await database.read { try $0.execute(sql, values) }
                }
                #expect(error?.kind == .other)
            }
        }
    }

    @Test("does not write through a reader")
    func readersDoNotWrite() async throws {
        try await withDatabase { database, _ in
            await #expect(throws: SQLiteError.self) {
                try await database.read { try $0.execute("INSERT INTO numbers VALUES (1, 'a')") }
            }
        }
    }

    @Test("finishes what was asked before it closes, and refuses what comes after")
    func closing() async throws {
        try await withDatabase { database, path in
            let tasks = (0..<20).map { n in
                Task {
                    try await database.write { try $0.execute("INSERT INTO numbers (n) VALUES (?)", [.int(n)]) }
                }
            }
            await database.close()
            var done: Int64 = 0
            for task in tasks {
                do {
                    try await task.value
                    done += 1
                } catch {
                    #expect((error as? SQLiteError)?.kind == .closed)
                }
            }
            await database.close()
            let error = await #expect(throws: SQLiteError.self) { try await database.read(count) }
            #expect(error?.kind == .closed)
            // Everything is in the file itself.
            #expect(!FileManager.default.fileExists(atPath: path + "-wal"))
            let again = try await SQLiteDatabase(path: path, role: .owner, migrations: numbers)
            let kept = try await again.read(count)
            #expect(kept == done)
            await again.close()
        }
    }

    @Test("notices that its file was removed, before it reports a commit")
    func removedFile() async throws {
        try await withDatabase { database, path in
            try FileManager.default.removeItem(atPath: path)
            let error = await #expect(throws: SQLiteError.self) {
                try await database.write { try $0.execute("INSERT INTO numbers VALUES (1, 'a')") }
            }
            #expect(error?.kind == .gone)
        }
    }
}
