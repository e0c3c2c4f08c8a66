import Foundation
import SQLite
import TestProcess
import Testing

private func migration(_ version: Int, _ sql: String) -> SQLiteMigration {
    SQLiteMigration(version: version, name: "step \(version)", sql: sql)
}

private let one = [migration(1, "CREATE TABLE a (x INTEGER) STRICT; INSERT INTO a VALUES (1)")]
private let two = one + [migration(2, "ALTER TABLE a ADD COLUMN y TEXT; UPDATE a SET y = 'two'")]

@Suite("Opening a database")
struct OpeningTests {
    @Test("migrates from any version, once")
    func migrations() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/m.db"
            for steps in [one, one, two, two] {
                let database = try await SQLiteDatabase(path: path, role: .owner, migrations: steps)
                await database.close()
            }
            let database = try await SQLiteDatabase(path: path, role: .readOnly)
            let rows = try await database.read { try $0.rows("SELECT x, y FROM a") { "\($0.int(0)) \($0.text(1))" } }
            #expect(rows == ["1 two"])
            await #expect(throws: SQLiteError.self) { try await database.write { _ in } }
            await database.close()
        }
    }

    @Test("keeps few pages in memory: a process has a dozen of these connections and more")
    func caches() async throws {
        try await withTemporaryFolder { folder in
            let database = try await SQLiteDatabase(path: folder + "/m.db", role: .owner, migrations: one)
            // Negative numbers are kibibytes.
            let kept: @Sendable (SQLiteConnection) throws -> Int64 = { connection in
                try connection.first("PRAGMA cache_size") { $0.int(0) } ?? 0
            }
            let (writer, reader) = (try await database.write { try kept($0) }, try await database.read(kept))
            #expect(writer < 0 && writer >= -2_048)
            #expect(reader < 0 && reader >= -512)
            await database.close()
        }
    }

    @Test("keeps nothing of a migration that fails")
    func failedMigration() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/m.db"
            let broken = one + [migration(2, "CREATE TABLE b (x); CREATE TABLE a (x)")]
            let error = await #expect(throws: SQLiteError.self) {
                _ = try await SQLiteDatabase(path: path, role: .owner, migrations: broken)
            }
            #expect(error?.message.contains("step 2") == true)
            let database = try await SQLiteDatabase(path: path, role: .owner, migrations: one)
            // SQLite's own tables are of no migration.
            let tables = try await database.read {
                try $0.rows("SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'") {
                    $0.text(0)
                }
            }
            #expect(tables == ["a"])
            await database.close()
        }
    }

    @Test("refuses a database newer than the program, and leaves every byte as it was")
    func newer() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/m.db"
            let database = try await SQLiteDatabase(path: path, role: .shared, migrations: two)
            try await database.write { try $0.execute("INSERT INTO a VALUES (2, 'in the WAL')") }
            // A copy as a crash would leave it: with its WAL.
            let copy = folder + "/copy.db"
            for suffix in ["", "-wal"] {
                try FileManager.default.copyItem(atPath: path + suffix, toPath: copy + suffix)
            }
            await database.close()
            let before = [bytes(ofFile: copy), bytes(ofFile: copy + "-wal")]
            for role in [SQLiteDatabase.Role.owner, .shared, .readOnly] {
                let error = await #expect(throws: SQLiteError.self) {
                    _ = try await SQLiteDatabase(path: copy, role: role, migrations: one)
                }
                #expect(error?.kind == .newerThanProgram)
                #expect([bytes(ofFile: copy), bytes(ofFile: copy + "-wal")] == before)
            }
            let right = try await SQLiteDatabase(path: copy, role: .owner, migrations: two)
            let found = try await right.read { try $0.first("SELECT count(*) FROM a") { $0.int(0) } }
            #expect(found == 2)
            await right.close()
        }
    }

    @Test("lets several openers create and migrate one file at once")
    func atOnce() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/m.db"
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<6 {
                    group.addTask {
                        let database = try await SQLiteDatabase(path: path, role: .shared, migrations: two)
                        try await database.write { try $0.execute("UPDATE a SET x = x + 1") }
                        await database.close()
                    }
                }
                try await group.waitForAll()
            }
            let database = try await SQLiteDatabase(path: path, role: .shared, migrations: two)
            let found = try await database.read { try $0.rows("SELECT x FROM a") { $0.int(0) } }
            #expect(found == [7])
            await database.close()
        }
    }

    @Test("has one owner at a time")
    func owners() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/o.db"
            let owner = try await SQLiteDatabase(path: path, role: .owner, migrations: one)
            let error = await #expect(throws: SQLiteError.self) {
                _ = try await SQLiteDatabase(path: path, role: .owner, migrations: one)
            }
            #expect(error?.kind == .inUse)
            #expect(error?.message.contains("process \(ProcessInfo.processInfo.processIdentifier)") == true)
            let tool = try await SQLiteDatabase(path: path, role: .readOnly)
            let found = try await tool.read { try $0.first("SELECT x FROM a") { $0.int(0) } }
            #expect(found == 1)
            await tool.close()
            await owner.close()
            let next = try await SQLiteDatabase(path: path, role: .owner, migrations: one)
            await next.close()
        }
    }

    @Test(
        "is refused while another process owns the file, and works when that process is killed",
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/flock"), "needs flock (util-linux)"))
    func otherProcess() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/o.db"
            let holder = ChildProcess()
            holder.executableURL = URL(fileURLWithPath: "/usr/bin/flock")
            // The shell takes the place of flock, and sleep its: one process, which holds the lock.
            holder.arguments = ["--no-fork", path + ".lock", "/bin/sh", "-c", "echo > \(folder)/held; exec sleep 600"]
            try holder.run()
            defer { kill(holder.processIdentifier, SIGKILL) }
            try await eventually { FileManager.default.fileExists(atPath: folder + "/held") }
            let error = await #expect(throws: SQLiteError.self) {
                _ = try await SQLiteDatabase(path: path, role: .owner, migrations: one)
            }
            #expect(error?.kind == .inUse)
            #expect(!FileManager.default.fileExists(atPath: path))
            kill(holder.processIdentifier, SIGKILL)
            try await eventually {
                guard let database = try? await SQLiteDatabase(path: path, role: .owner, migrations: one) else {
                    return false
                }
                await database.close()
                return true
            }
        }
    }

    @Test("says what is wrong with a file that is no database, and with a folder that is missing")
    func damaged() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/text.db"
            try Data("This is a text, and long enough to be one, but it is surely not a database.".utf8)
                .write(to: URL(fileURLWithPath: path))
            for role in [SQLiteDatabase.Role.owner, .readOnly] {
                let error = await #expect(throws: SQLiteError.self) {
                    _ = try await SQLiteDatabase(path: path, role: role, migrations: one)
                }
                #expect(error?.kind == .corrupt)
            }
            for role in [SQLiteDatabase.Role.owner, .shared, .readOnly] {
                let error = await #expect(throws: SQLiteError.self) {
                    _ = try await SQLiteDatabase(path: folder + "/missing/x.db", role: role)
                }
                #expect(error?.kind == .io)
            }
        }
    }

    @Test("does not create a database to read")
    func readOnlyOfNothing() async throws {
        try await withTemporaryFolder { folder in
            let error = await #expect(throws: SQLiteError.self) {
                _ = try await SQLiteDatabase(path: folder + "/none.db", role: .readOnly)
            }
            #expect(error?.kind == .io)
            let left = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(left.isEmpty)
        }
    }

    /// The planner knows how the large tables are filled, and takes the others to become large.
    @Test func largeTablesHaveStatistics() async throws {
        try await withTemporaryFolder { folder in
            let migrations = [
                SQLiteMigration(
                    version: 1, name: "a",
                    sql: """
                        CREATE TABLE large (n INTEGER, m INTEGER) STRICT; CREATE INDEX large_n ON large (n);
                        CREATE TABLE small (n INTEGER) STRICT; CREATE INDEX small_n ON small (n)
                        """)
            ]
            var database = try await SQLiteDatabase(path: folder + "/a.db", role: .owner, migrations: migrations)
            try await database.write { connection in
                try connection.execute("INSERT INTO small VALUES (1)")
                try connection.execute(
                    """
                    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
                    INSERT INTO large SELECT i % 100, i FROM n
                    """)
            }
            await database.close()
            database = try await SQLiteDatabase(path: folder + "/a.db", role: .owner, migrations: migrations)
            let known = try await database.read { try $0.rows("SELECT DISTINCT tbl FROM sqlite_stat1") { $0.text(0) } }
            #expect(known == ["large"])
            await database.close()
        }
    }
}
