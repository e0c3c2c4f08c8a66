package import SQLite

extension SQLiteError {
    /// Whether it says that the database can't be used now, and nothing about what it was asked.
    package var isAway: Bool {
        switch kind {
        case .busy, .full, .io, .closed: true
        default: false
        }
    }
}

extension SQLiteDatabase {
    /// nil when it answers, else what is wrong. For health checks.
    package func complaint() async -> String? {
        do {
            _ = try await read { try $0.first("SELECT 1 FROM sqlite_schema LIMIT 1") { _ in true } }
            return nil
        } catch {
            return "\(error)"
        }
    }
}

/// The troubles that every service can have.
extension Problem {
    /// More requests wait than may, or there are more connections.
    package static let tooBusy = Problem.unavailable(
        "too-many-waiting", "Too many requests are waiting. Nothing was changed; try again.")

    /// 503 for a database that is away, full or busy; nil for what is no trouble of the database.
    package static func databaseTrouble(_ error: any Error) -> Problem? {
        guard let error = error as? SQLiteError, error.isAway else { return nil }
        return .unavailable("database-unavailable", "The service's database can't be used now: \(error.message)")
    }
}
