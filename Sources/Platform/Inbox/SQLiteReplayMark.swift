package import SQLite

/// The mark of a database into which events were replayed: replay writes into no other, and no service serves from it,
/// for what it holds was never meant to be sent.
package struct SQLiteReplayMark: Sendable, Hashable {
    /// Whose events, and what of them.
    package var purpose: String
    /// Which build of the program handled them.
    package var build: String

    package init(purpose: String, build: String) {
        self.purpose = purpose
        self.build = build
    }

    /// Comes before everything else in the file, so that a replay that was killed in between can be gone on with.
    package func set(in transaction: SQLiteConnection) throws {
        try transaction.execute(
            "CREATE TABLE IF NOT EXISTS replayed (purpose TEXT NOT NULL, build TEXT NOT NULL) STRICT")
        try transaction.execute("INSERT INTO replayed (purpose, build) VALUES (?, ?)", [.text(purpose), .text(build)])
    }

    /// nil: the database is not marked.
    package static func read(_ connection: SQLiteConnection) throws -> SQLiteReplayMark? {
        guard try isSet(in: connection) else { return nil }
        return try connection.first("SELECT purpose, build FROM replayed") {
            SQLiteReplayMark(purpose: $0.text(0), build: $0.text(1))
        }
    }

    /// For a service that starts on a database. Throws where it was made by a replay.
    package static func refuse(_ database: SQLiteDatabase) async throws {
        guard try await database.read({ try isSet(in: $0) }) else { return }
        throw SQLiteError(
            .other,
            "\(database.path) was filled by `orderlog replay`, and no service runs on it: name another database")
    }

    private static func isSet(in connection: SQLiteConnection) throws -> Bool {
        try connection.first("SELECT 1 FROM sqlite_schema WHERE name = 'replayed'") { _ in true } ?? false
    }
}
