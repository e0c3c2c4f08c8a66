import Foundation
import SQLite
import Testing

/// Databases are their owner's alone, and what is locked is never written to.
@Suite struct PrivateFileTests {
    private let table = SQLiteMigration(version: 1, name: "t", sql: "CREATE TABLE t (x INTEGER) STRICT")

    private func mode(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return (attributes[.posixPermissions] as? NSNumber)?.intValue ?? -1
    }

    @Test func newFilesAndOldOnesAreTheOwnersAlone() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/p.db"
            for isOld in [false, true] {
                if isOld { #expect(chmod(path, 0o644) == 0) }
                let database = try await SQLiteDatabase(path: path, role: .owner, migrations: [table])
                try await database.write { try $0.execute("INSERT INTO t VALUES (1)") }
                for suffix in ["", "-wal", "-shm", ".lock"] { #expect(try mode(path + suffix) == 0o600, "\(suffix)") }
                await database.close()
            }
        }
    }

    @Test func aLockFollowsNoLink() async throws {
        try await withTemporaryFolder { folder in
            let (path, precious) = (folder + "/l.db", folder + "/precious")
            let text = String(repeating: "precious ", count: 10)
            try text.write(toFile: precious, atomically: false, encoding: .utf8)
            try FileManager.default.createSymbolicLink(atPath: path + ".lock", withDestinationPath: precious)
            let error = await #expect(throws: SQLiteError.self) {
                _ = try await SQLiteDatabase(path: path, role: .owner, migrations: [table])
            }
            #expect(error?.message.contains("symbolic link") == true)
            try FileManager.default.removeItem(atPath: path + ".lock")
            try FileManager.default.linkItem(atPath: precious, toPath: path + ".lock")
            let database = try await SQLiteDatabase(path: path, role: .owner, migrations: [table])
            await database.close()
            #expect(try String(contentsOfFile: precious, encoding: .utf8) == text)
        }
    }

    /// Where another disk is full, this one's database goes on.
    @Test func nothingIsPutAsideOnOtherDisks() async throws {
        try await withTemporaryFolder { folder in
            let database = try await SQLiteDatabase(path: folder + "/m.db", role: .owner, migrations: [table])
            let memory: Int64 = 2
            #expect(try await database.write { try $0.first("PRAGMA temp_store") { $0.int(0) } } == memory)
            #expect(try await database.read { try $0.first("PRAGMA temp_store") { $0.int(0) } } == memory)
            await database.close()
        }
    }

    @Test func threadsHaveNames() async throws {
        try await withTemporaryFolder { folder in
            let database = try await SQLiteDatabase(path: folder + "/n.db", role: .owner, migrations: [table])
            let names = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").compactMap {
                try? String(contentsOfFile: "/proc/self/task/\($0)/comm", encoding: .utf8)
            }.map { $0.trimmingCharacters(in: .newlines) }
            #expect(names.contains("sqlite-writer") && names.contains("sqlite-reader"), "\(names)")
            await database.close()
        }
    }

    /// Another service's file: nothing is migrated.
    @Test func aFileOfOtherTablesIsRefused() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/o.db"
            await (try SQLiteDatabase(path: path, role: .owner, migrations: [table])).close()
            let before = bytes(ofFile: path)
            for role in [SQLiteDatabase.Role.owner, .shared, .readOnly] {
                let error = await #expect(throws: SQLiteError.self) {
                    _ = try await SQLiteDatabase(path: path, role: role, hallmark: "orders", migrations: [table])
                }
                #expect(error?.message.contains("no table orders") == true)
            }
            #expect(bytes(ofFile: path) == before)
        }
    }
}
