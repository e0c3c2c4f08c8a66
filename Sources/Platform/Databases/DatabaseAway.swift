internal import Deadlines
internal import PostgreSQL
internal import SQLite

/// Whether an error of a store says that the database can't be used now, and nothing about what it was asked.
package func isDatabaseAway(_ error: any Error) -> Bool {
    switch error {
    case let error as SQLiteError:
        switch error.kind {
        case .busy, .full, .io, .readOnly, .gone, .closed, .tooManyWaiting: true
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
