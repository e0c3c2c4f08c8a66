package import PostgreSQL
package import SQLite

/// Whether an error of a store says that the database can't be used now, and nothing about what it was asked.
package func isDatabaseAway(_ error: any Error) -> Bool {
    switch error {
    case let error as SQLiteError:
        switch error.kind {
        case .busy, .full, .io, .closed: true
        default: false
        }
    case let error as PostgreSQLError:
        switch error.kind {
        case .unavailable, .unknownOutcome, .conflict, .timedOut, .closed: true
        default: false
        }
    default: false
    }
}

extension OpenDatabase {
    package init(_ database: SQLiteDatabase) {
        self.init(
            complaint: {
                await Self.complaint {
                    try await database.read { try $0.first("SELECT 1 FROM sqlite_schema LIMIT 1") { _ in true } }
                }
            }, close: { await database.close() })
    }

    package init(_ database: PostgreSQLDatabase) {
        self.init(
            complaint: {
                if let answer = database.lastAnswer, .now - answer < Self.freshness { return nil }
                return await Self.complaint {
                    try await database.write { try $0.run("SELECT 1 FROM schema_migrations LIMIT 1").count }
                }
            }, close: { await database.close() })
    }

    /// For so long a database that answered is taken to be there: whoever asks does not wait in line behind long reading, and
    /// a busy service is not taken for one without a database.
    private static let freshness: Duration = .seconds(1)

    private static func complaint(_ look: () async throws -> some Any) async -> String? {
        do {
            _ = try await look()
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
        guard isDatabaseAway(error) else { return nil }
        if (error as? PostgreSQLError)?.kind == .unknownOutcome {
            return Problem(
                503, kind: "outcome-unknown", title: "Outcome unknown",
                detail: """
                    The service's database broke off before it said whether this was done. Look, before you ask for it again; \
                    with the same Idempotency-Key it can be asked for again safely.
                    """)
        }
        // What the error says is for the service's log: it names machines and statements.
        return .unavailable("database-unavailable", "The service's database can't be used now; try again.")
    }
}
