import Foundation
package import PostgreSQL
import TestProcess

/// A real PostgreSQL for tests: a server whose databases a test may make and drop.
package enum TestPostgreSQL {
    /// `POSTGRES_URL`: a superuser's connection string. `scripts/postgres start DIR` prints one.
    package static let url = ProcessInfo.processInfo.environment["POSTGRES_URL"]
    package static var isAvailable: Bool { url != nil }

    /// Whether this test has room in the server: to wait for more while it holds some could be for ever.
    @TaskLocal private static var hasRoom = false

    /// Runs `body` with the URL of a new database, which is gone after it. Waits for room in the server.
    package static func withURL(_ body: (String) async throws -> Void) async throws {
        if hasRoom { return try await withNewDatabase(body) }
        await Slots.databases.take(1)
        defer { Slots.databases.give(1) }
        try await $hasRoom.withValue(true) { try await withNewDatabase(body) }
    }

    private static func withNewDatabase(_ body: (String) async throws -> Void) async throws {
        guard let url, let slash = url.lastIndex(of: "/") else { throw Missing() }
        let name = "test_" + UUID().uuidString.lowercased().replacing("-", with: "")
        try await run(["createdb", "--maintenance-db=\(url)", name])
        func drop() async { _ = try? await run(["dropdb", "--force", "--maintenance-db=\(url)", name]) }
        do {
            try await body(url[...slash] + name)
        } catch {
            await drop()
            throw error
        }
        await drop()
    }

    /// What a query answers, a line for each row.
    package static func rows(_ sql: String, in url: String) async throws -> [String] {
        try await run(["psql", "--no-psqlrc", "--tuples-only", "--no-align", "--dbname=\(url)", "--command=\(sql)"])
            .split(separator: "\n").map(String.init)
    }

    /// A database as a script, with all its rows.
    package static func dump(_ url: String) async throws -> String { try await run(["pg_dump", "--dbname=\(url)"]) }

    /// The tables that migrations make and don't tell of: nobody would look whether they are locked.
    package static func untoldTables(of migrations: [PostgreSQLMigration]) async throws -> [String] {
        var made: [String] = []
        try await withURL { url in
            await (try PostgreSQLDatabase(url: url, migrations: migrations)).close()
            made = try await rows("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()", in: url)
        }
        let told = ["schema_migrations"] + migrations.flatMap(\.tables)
        return made.filter { !told.contains($0) }
    }

    private struct Missing: Error {}

    /// On a thread of its own: dozens at once on Swift's two would hold every other test up.
    @discardableResult
    private static func run(_ arguments: [String]) async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try output(of: arguments) }) }
        }
    }

    private static func output(of arguments: [String]) throws -> String {
        let process = ChildProcess()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Missing() }
        return text
    }
}

/// A PostgreSQL database for one test; gone after it.
package func withPostgreSQL(
    _ migrations: [PostgreSQLMigration], _ body: (PostgreSQLDatabase) async throws -> Void
) async throws {
    try await TestPostgreSQL.withURL { url in
        let database = try await PostgreSQLDatabase(url: url, migrations: migrations)
        do {
            try await body(database)
        } catch {
            await database.close()
            throw error
        }
        await database.close()
    }
}
