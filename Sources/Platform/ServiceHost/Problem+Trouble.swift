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

/// The troubles that every service can have.
extension Problem {
    /// More requests wait than may.
    package static let tooBusy = Problem.unavailable(
        "too-many-waiting", "Too many requests are waiting. Nothing was changed; try again.")

    /// 503 for a database that is away, full or busy; nil for what is no trouble of the database.
    package static func databaseTrouble(_ error: any Error) -> Problem? {
        guard let error = error as? SQLiteError, error.isAway else { return nil }
        return .unavailable("database-unavailable", "The service's database can't be used now: \(error.message)")
    }
}
