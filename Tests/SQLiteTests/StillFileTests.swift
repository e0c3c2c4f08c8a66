import Foundation
import SQLite
import Testing

/// Databases where nothing can be written: a snapshot, a backup, a disk that is mounted to be read.
@Suite(.enabled(if: geteuid() == 0, "to mount a folder read-only needs root"))
struct StillFileTests {
    private static let steps = [SQLiteMigration(version: 1, name: "a", sql: "CREATE TABLE a (x INTEGER) STRICT")]

    /// Runs `body` with a folder, and with the same folder as one that takes no writes.
    private func withFolders(_ body: (_ folder: String, _ still: String) async throws -> Void) async throws {
        try await withTemporaryFolder { parent in
            // Letters that mean something where a file's name is part of an address.
            let (folder, still) = (parent + "/a", parent + "/b?mode=rw#50%25")
            for path in [folder, still] {
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            }
            try #require(mount(folder, still, nil, UInt(MS_BIND), nil) == 0)
            defer { umount2(still, Int32(MNT_DETACH)) }
            try #require(mount(nil, still, nil, UInt(MS_BIND | MS_REMOUNT | MS_RDONLY), nil) == 0)
            try await body(folder, still)
        }
    }

    private func count(_ path: String) async throws -> Int64? {
        let database = try await SQLiteDatabase(path: path, role: .readOnly, migrations: Self.steps)
        let count = try await database.read { try $0.first("SELECT count(*) FROM a") { $0.int(0) } }
        await database.close()
        return count
    }

    @Test("is read with its WAL and without, and beside its service")
    func states() async throws {
        try await withFolders { folder, still in
            let owner = try await SQLiteDatabase(path: folder + "/m.db", role: .owner, migrations: Self.steps)
            try await owner.write { try $0.execute("INSERT INTO a VALUES (1)") }
            #expect(try await count(still + "/m.db") == 1, "beside its service")
            // As a crash leaves it, and a copy of that.
            for (name, suffixes) in [("crashed", ["", "-wal", "-shm"]), ("copied", ["", "-wal"])] {
                for suffix in suffixes {
                    try FileManager.default.copyItem(
                        atPath: folder + "/m.db" + suffix, toPath: folder + "/\(name).db" + suffix)
                }
                #expect(try await count(still + "/\(name).db") == 1, "\(name)")
            }
            await owner.close()
            #expect(!FileManager.default.fileExists(atPath: folder + "/m.db-wal"))
            #expect(try await count(still + "/m.db") == 1, "stopped")
            // A copy that has lost its WAL, but for an empty file.
            _ = FileManager.default.createFile(atPath: folder + "/m.db-wal", contents: nil)
            #expect(try await count(still + "/m.db") == 1, "an empty WAL")
        }
    }

    @Test("is not believed when somebody else writes meanwhile")
    func changed() async throws {
        try await withFolders { folder, still in
            var owner = try await SQLiteDatabase(path: folder + "/m.db", role: .owner, migrations: Self.steps)
            await owner.close()
            let reader = try await SQLiteDatabase(path: still + "/m.db", role: .readOnly, migrations: Self.steps)
            #expect(try await reader.read { try $0.first("SELECT count(*) FROM a") { $0.int(0) } } == 0)
            owner = try await SQLiteDatabase(path: folder + "/m.db", role: .owner, migrations: Self.steps)
            await #expect { _ = try await reader.read { try $0.rows("SELECT x FROM a") { $0.int(0) } } } throws: {
                ($0 as? SQLiteError)?.kind == .busy && "\($0)".contains("run this again")
            }
            // Now there is all that a reader beside a writer needs.
            #expect(try await count(still + "/m.db") == 0)
            await reader.close()
            await owner.close()
        }
    }

    @Test("says what to do when its WAL is there and can't be read")
    func unreadable() async throws {
        try await withFolders { folder, still in
            let owner = try await SQLiteDatabase(path: folder + "/m.db", role: .owner, migrations: Self.steps)
            for suffix in ["", "-shm"] {
                try FileManager.default.copyItem(
                    atPath: folder + "/m.db" + suffix, toPath: folder + "/odd.db" + suffix)
            }
            await owner.close()
            // Whatever it is, root can read it, but a folder is no file.
            try FileManager.default.createDirectory(atPath: folder + "/odd.db-wal", withIntermediateDirectories: false)
            await #expect { _ = try await count(still + "/odd.db") } throws: {
                ($0 as? SQLiteError)?.kind == .io && "\($0)".contains("on a copy of the file and its -wal")
            }
        }
    }
}
