import ConnectionThreads
import Databases
import Foundation
import PostgreSQL
import SQLite
import ServiceLife
import Telemetry
import TestDatabase
import Testing

/// A service is ready when it can commit to its own database.
@Suite struct DatabaseReadinessTests {
    private static let schema = [SQLiteMigration(version: 1, name: "a", sql: "CREATE TABLE a (n INTEGER) STRICT")]
    private static let logger = Logger(service: "test", level: .error, format: .text, sink: LogSink(descriptor: -1))

    private static func put(_ database: SQLiteDatabase, bytes: Int = 1) async throws {
        try await database.write { try $0.execute("INSERT INTO a VALUES (length(randomblob(?)))", [.int(bytes)]) }
    }

    @Test(arguments: [true, false]) func aFileThatIsGoneIsNoticed(byWriting: Bool) async throws {
        try await withDatabase(Self.schema) { database in
            let open = OpenDatabase(database)
            try await Self.put(database)
            #expect(await open.check.complaint() == nil)
            try FileManager.default.removeItem(atPath: database.path)
            if byWriting { await #expect(throws: SQLiteError.self) { try await Self.put(database) } }
            #expect(await open.check.complaint()?.text == "was removed or replaced while it was open")
            // Another file of its name is another database.
            try Data().write(to: URL(filePath: database.path))
            await #expect(throws: SQLiteError.self) { try await Self.put(database) }
            #expect(open.trouble()?.reason == "was removed or replaced while it was open")
            await open.close()
        }
    }

    @Test func aDatabaseThatOnlyReadsIsNoticedAndProbed() async throws {
        try await withDatabase(Self.schema) { database in
            let open = OpenDatabase(database)
            open.watch(Self.logger)
            try await database.write { try $0.execute("PRAGMA query_only = ON") }
            #expect(await open.check.complaint() == nil)
            await #expect(throws: SQLiteError.self) { try await Self.put(database) }
            #expect(await open.check.complaint()?.text == "is read-only")
            #expect(try await database.read { try $0.first("SELECT count(*) FROM a") { $0.int(0) } } == 0)
            await open.close()
        }
    }

    @Test func aLockThatAnotherProcessHoldsIsNoticedUntilItIsGone() async throws {
        try await withDatabase(Self.schema) { database in
            let open = OpenDatabase(database)
            open.watch(Self.logger)
            // As long as a request waits is too long for a test.
            _ = try await database.write { try $0.first("PRAGMA busy_timeout = 20") { $0.int(0) } }
            let other = try await SQLiteDatabase(path: database.path, role: .shared, migrations: Self.schema)
            let letGo = DispatchSemaphore(value: 0)
            let (held, isHeld) = AsyncStream.makeStream(of: Void.self)
            async let holding: Void = other.write { _ in
                isHeld.finish()
                letGo.wait()
            }
            for await _ in held {}
            #expect(await open.check.complaint() == nil)
            await #expect(throws: SQLiteError.self) { try await Self.put(database) }
            #expect(await open.check.complaint()?.text == "is locked by another process")
            letGo.signal()
            try await holding
            try await waitUntil("ready") { await open.check.complaint() == nil }
            try await Self.put(database)
            await other.close()
            await open.close()
        }
    }

    @Test(.enabled(if: geteuid() == 0, "mounting a small disk needs root")) func aFullDiskIsNoticedUntilThereIsRoom()
        async throws
    {
        let folder = FileManager.default.temporaryDirectory.appending(path: "full-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try #require(mount("tmpfs", folder.path, "tmpfs", 0, "size=1m") == 0)
        defer { umount2(folder.path, Int32(MNT_DETACH)) }
        let database = try await SQLiteDatabase(
            path: folder.path + "/a.db", role: .owner, migrations: Self.schema)
        let open = OpenDatabase(database)
        open.watch(Self.logger)
        try await Self.put(database)
        let filler = folder.appending(path: "filler")
        #expect(throws: (any Error).self) { try Data(count: 2 << 20).write(to: filler, options: []) }
        // What the log of the database has room for may still be written.
        try await waitUntil("a refusal") { (try? await Self.put(database)) == nil }
        let complaint = await open.check.complaint()
        #expect(complaint?.text == "has no room: the disk is full")
        try FileManager.default.removeItem(at: filler)
        try await waitUntil("ready") { await open.check.complaint() == nil }
        try await Self.put(database)
        await open.close()
    }

    private static let table = [PostgreSQLMigration(version: 1, name: "a", sql: "CREATE TABLE a (n bigint)")]

    @Test(.enabled(if: TestPostgreSQL.isAvailable, "POSTGRES_URL is not set"))
    func aPostgreSQLThatOnlyReadsIsNoticedUntilItWrites() async throws {
        try await TestPostgreSQL.withURL { url in
            let name = try #require(url.split(separator: "/").last)
            func readOnly(_ value: String) async throws {
                _ = try await TestPostgreSQL.rows(
                    "ALTER DATABASE \(name) SET default_transaction_read_only = \(value)",
                    in: url + "?options=-c%20default_transaction_read_only%3Doff")
                // Sessions that are open keep what they had.
                _ = try await TestPostgreSQL.rows(
                    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '\(name)' AND pid <> pg_backend_pid()",
                    in: url)
            }
            let database = try await PostgreSQLDatabase(url: url, migrations: Self.table)
            let open = OpenDatabase(database)
            open.watch(Self.logger)
            #expect(await open.check.complaint() == nil)
            try await readOnly("on")
            await #expect(throws: PostgreSQLError.self) {
                try await database.write { try $0.execute("INSERT INTO a VALUES (1)") }
            }
            #expect(await open.check.complaint()?.text == "only reads")
            try await readOnly("off")
            try await waitUntil("ready") { await open.check.complaint() == nil }
            await open.close()
        }
    }

    /// One table is enough for every order to fail; that others can be written says nothing of it.
    @Test(.enabled(if: TestPostgreSQL.isAvailable, "POSTGRES_URL is not set"))
    func aTableThatSomebodyLocksIsNoticedUntilItIsFree() async throws {
        try await TestPostgreSQL.withURL { url in
            let tables = Self.table + [PostgreSQLMigration(version: 2, name: "b", sql: "CREATE TABLE b (n bigint)")]
            let database = try await PostgreSQLDatabase(url: url, migrations: tables)
            let other = try await PostgreSQLDatabase(url: url, migrations: tables)
            let open = OpenDatabase(database)
            open.watch(Self.logger)
            let letGo = DispatchSemaphore(value: 0)
            let (held, isHeld) = AsyncStream.makeStream(of: Void.self)
            async let holding: Void = other.write { connection in
                // An operator's session has no time limit.
                try connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
                try connection.run("LOCK TABLE a")
                isHeld.finish()
                letGo.wait()
            }
            for await _ in held {}
            await #expect(throws: PostgreSQLError.self) {
                try await database.write { try $0.execute("INSERT INTO a VALUES (1)") }
            }
            try await waitUntil("unready") {
                await open.check.complaint()?.text == "has a table that another session keeps locked"
            }
            try await database.write { try $0.execute("INSERT INTO b VALUES (1)") }
            #expect(await open.check.complaint()?.text == "has a table that another session keeps locked")
            letGo.signal()
            try await holding
            try await waitUntil("ready") { await open.check.complaint() == nil }
            try await database.write { try $0.execute("INSERT INTO a VALUES (1)") }
            await other.close()
            await open.close()
        }
    }
}
