package import SQLite

/// The mark of a database into which events were replayed: replay writes into no other, and no service serves from it,
/// for what it holds was never meant to be sent.
package enum SQLiteReplayMark {
    /// Comes before everything else in the file, so that a replay that was killed in between can be gone on with.
    package static func set(in transaction: SQLiteConnection) throws {
        try transaction.execute("CREATE TABLE IF NOT EXISTS replayed (marked_at INTEGER) STRICT")
    }

    package static func isSet(in connection: SQLiteConnection) throws -> Bool {
        try connection.first("SELECT 1 FROM sqlite_schema WHERE name = 'replayed'") { _ in true } ?? false
    }

    /// For a service that starts on a database. Throws where it was made by a replay.
    package static func refuse(_ database: SQLiteDatabase) async throws {
        guard try await database.read({ try isSet(in: $0) }) else { return }
        throw SQLiteError(
            .other, "\(database.path) was filled by `orderlog replay`, and no service runs on it: name another database"
        )
    }
}
