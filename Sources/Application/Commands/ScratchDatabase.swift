import Arguments
import Foundation
import Inbox
import SQLite

/// The database that a replay fills: the one that `--into` names, which the same replay has made, or a temporary one.
struct ScratchDatabase {
    static let option = Option(
        name: "into", value: "URL",
        help: "The scratch database, sqlite:PATH; the same replay goes on in it (default: a temporary one)")

    let database: SQLiteDatabase
    private let temporaryPath: String?

    /// `purpose`: what is replayed. A database that was filled for another, or by another build, is refused.
    static func open(
        _ arguments: ParsedArguments, purpose: String, migrations: [SQLiteMigration]
    ) async throws -> ScratchDatabase {
        let path: String
        var temporaryPath: String?
        if arguments.value("into") != nil {
            path = try CommonOptions.sqlitePath("into", arguments)
        } else {
            path =
                FileManager.default.temporaryDirectory.appending(path: "orderlog-replay-\(UUID().uuidString).db").path
            temporaryPath = path
        }
        try await mark(path, SQLiteReplayMark(purpose: purpose, build: try build()))
        return ScratchDatabase(
            database: try await SQLiteDatabase(path: path, role: .owner, migrations: migrations),
            temporaryPath: temporaryPath)
    }

    private static func mark(_ path: String, _ mark: SQLiteReplayMark) async throws {
        if FileManager.default.fileExists(atPath: path) {
            // Opened as readers do: a file that is somebody else's is not touched.
            let (known, isEmpty) = try await with(path, .readOnly) { database in
                try await database.read { (try SQLiteReplayMark.read($0), try $0.isEmpty()) }
            }
            if known == mark { return }
            if let known {
                throw Failure(
                    known.purpose == mark.purpose
                        ? "\(path) was filled by another build of orderlog: name a new file"
                        : "\(path) was filled by a replay of \(known.purpose), not of \(mark.purpose): name a new file")
            }
            guard isEmpty else {
                throw Failure("\(path) is no scratch database of a replay, and is left alone: name a new file")
            }
        } else {
            // It will hold customers' names: nobody else's business.
            _ = FileManager.default.createFile(
                atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
        }
        try await with(path, .shared) { try await $0.write { try mark.set(in: $0) } }
    }

    /// Tells builds apart, also where they call themselves the same version.
    private static func build() throws -> String {
        var status = stat()
        guard stat("/proc/self/exe", &status) == 0 else { return Orderlog.version }
        return "\(Orderlog.version) \(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
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
