import Arguments
import Foundation
import Inbox
import SQLite

/// The database that a replay fills: the one that `--into` names, which a replay has made, or a temporary one.
struct ScratchDatabase {
    static let option = Option(
        name: "into", value: "URL",
        help:
            "The scratch database, sqlite:PATH; a replay goes on in one that it made before (default: a temporary one)")

    let database: SQLiteDatabase
    private let temporaryPath: String?

    static func open(_ arguments: ParsedArguments, migrations: [SQLiteMigration]) async throws -> ScratchDatabase {
        let path: String
        var temporaryPath: String?
        if arguments.value("into") != nil {
            path = try CommonOptions.sqlitePath("into", arguments)
        } else {
            path =
                FileManager.default.temporaryDirectory.appending(path: "orderlog-replay-\(UUID().uuidString).db").path
            temporaryPath = path
        }
        try await mark(path)
        return ScratchDatabase(
            database: try await SQLiteDatabase(path: path, role: .owner, migrations: migrations),
            temporaryPath: temporaryPath)
    }

    private static func mark(_ path: String) async throws {
        // Opened as readers do where it is there: a file that is somebody else's is not touched.
        if FileManager.default.fileExists(atPath: path) {
            let (isMarked, isEmpty) = try await with(path, .readOnly) { database in
                try await database.read { (try SQLiteReplayMark.isSet(in: $0), try $0.isEmpty()) }
            }
            if isMarked { return }
            guard isEmpty else {
                throw Failure("\(path) is no scratch database of a replay, and is left alone: name a new file")
            }
        }
        try await with(path, .shared) { try await $0.write { try SQLiteReplayMark.set(in: $0) } }
    }

    private static func with<Value>(
        _ path: String, _ role: SQLiteDatabase.Role, _ body: (SQLiteDatabase) async throws -> Value
    ) async throws -> Value {
        let database = try await SQLiteDatabase(path: path, role: role, readers: 1)
        do {
            let value = try await body(database)
            await database.close()
            return value
        } catch {
            await database.close()
            throw error
        }
    }

    func close() async {
        await database.close()
        guard let temporaryPath else { return }
        for suffix in ["", "-wal", "-shm", ".lock"] {
            try? FileManager.default.removeItem(atPath: temporaryPath + suffix)
        }
    }
}
