internal import ConnectionThreads
internal import Deadlines
internal import JSON
internal import PostgreSQL
internal import SQLite

/// Whether an error of a store says that the database can't be used now, and nothing about what it was asked.
package func isDatabaseAway(_ error: any Error) -> Bool {
    switch error {
    case let error as SQLiteError:
        switch error.kind {
        case .busy, .full, .io, .readOnly, .gone, .closed: true
        default: false
        }
    case let error as PostgreSQLError:
        switch error.kind {
        case .unavailable, .unknownOutcome, .conflict, .timedOut, .closed: true
        default: false
        }
    case is DeadlinePassed: true
    default: false
    }
}

/// The troubles that every service can have.
extension Problem {
    /// More requests wait than may, or there are more connections.
    package static let tooBusy = Problem.unavailable(
        "too-many-waiting", "Too many requests are waiting. Nothing was changed; try again.")

    /// 503 for a database that is away, full, busy or too slow; nil for what is no trouble of the database.
    package static func databaseTrouble(_ error: any Error) -> Problem? {
        guard isDatabaseAway(error) else { return nil }
        if (error as? PostgreSQLError)?.kind == .unknownOutcome || (error as? DeadlinePassed)?.wasBegun == true {
            return Problem(
                503, kind: "outcome-unknown", title: "Outcome unknown",
                detail: """
                    The service's database did not say in time whether this was done. Look, before you ask for it again; with \
                    the same Idempotency-Key it can be asked for again safely.
                    """)
        }
        if error is DeadlinePassed {
            return databaseUnavailable("did not answer in time")
        }
        // What the error says is for the service's log: it names machines and statements.
        let reason = (error as? SQLiteError)?.reason ?? (error as? PostgreSQLError)?.reason
        return databaseUnavailable(reason ?? "can't be used now")
    }

    /// 503 for a database that takes no writes now: what is asked is not tried.
    static func databaseTrouble(_ trouble: DatabaseCondition.Trouble) -> Problem {
        databaseUnavailable(trouble.reason)
    }

    private static func databaseUnavailable(_ reason: String) -> Problem {
        var problem = Problem.unavailable(
            "database-unavailable", "The service's database \(reason). Nothing was changed; try again.")
        // For a service that asks for somebody else: it tells what is the matter.
        var json = JSONWriter()
        json.string(reason)
        problem.members = [("reason", json.finish())]
        return problem
    }
}
