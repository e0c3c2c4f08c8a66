internal import Batching
internal import ConnectionThreads
internal import Databases
internal import Deadlines
internal import JSON
internal import PostgreSQL
internal import SQLite

/// The troubles that every service can have.
extension Problem {
    /// More requests wait than may, or there are more connections.
    package static let tooBusy = Problem.unavailable(
        .tooManyWaiting, "Too many requests are waiting. Nothing was changed; try again.")

    /// 503 for a database that is away, full, busy or too slow; nil for what is no trouble of the database.
    package static func databaseTrouble(_ error: any Error) -> Problem? {
        if error is BatcherFull { return tooBusy }
        guard isDatabaseAway(error) else { return nil }
        let file = error as? SQLiteError
        if file?.kind == .tooManyWaiting { return tooBusy }
        if (error as? PostgreSQLError)?.kind == .unknownOutcome || (error as? DeadlinePassed)?.wasBegun == true
            || file?.isOutcomeUnknown == true
        {
            return Problem(
                .outcomeUnknown,
                detail: """
                    The service's database did not say in time whether this was done. Look, before you ask for it again; with \
                    the same Idempotency-Key it can be asked for again safely.
                    """)
        }
        if error is DeadlinePassed {
            return databaseUnavailable("did not answer in time")
        }
        if (error as? PostgreSQLError)?.kind == .timedOut {
            return databaseUnavailable(
                "kept this waiting for too long: what it needs is locked, or the database is busy")
        }
        // What the error says is for the service's log: it names machines and statements.
        let reason = file?.reason ?? (error as? PostgreSQLError)?.reason
        return databaseUnavailable(reason ?? "can't be used now")
    }

    /// 503 for a database that takes no writes now: what is asked is not tried.
    static func databaseTrouble(_ trouble: DatabaseCondition.Trouble) -> Problem {
        databaseUnavailable(trouble.reason)
    }

    private static func databaseUnavailable(_ reason: String) -> Problem {
        var problem = Problem.unavailable(
            .databaseUnavailable, "The service's database \(reason). Nothing was changed; try again.")
        // For a service that asks for somebody else: it tells what is the matter.
        var json = JSONWriter()
        json.string(reason)
        problem.members = [("reason", json.finish())]
        return problem
    }
}
