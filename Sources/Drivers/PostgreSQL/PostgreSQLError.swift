internal import CPostgreSQL

/// Why PostgreSQL could not do what it was asked.
package struct PostgreSQLError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What a caller can do about it.
    package enum Kind: Sendable, Equatable {
        /// There is no connection, or it broke, before the work was committed: nothing of it was done.
        case unavailable
        /// The connection broke while the commit was on its way: nobody knows whether it was done.
        case unknownOutcome
        /// Two transactions stood in each other's way, and this one was undone: try again.
        case conflict
        /// A lock or a statement took longer than it may.
        case timedOut
        /// A constraint refused the row.
        case constraint
        /// The database was written by a later version of the program.
        case newerThanProgram
        /// `close` was called.
        case closed
        case other
    }

    package var kind: Kind
    /// PostgreSQL's code of five characters; empty when the error is not the server's.
    package var sqlState: String
    /// For people: what failed and, where that helps, what to do.
    package var message: String

    package init(_ kind: Kind, sqlState: String = "", _ message: String) {
        self.kind = kind
        self.sqlState = sqlState
        self.message = message
    }

    package var description: String { message }

    /// A lock that another session holds was waited for in vain.
    var isLockedOut: Bool { sqlState == "55P03" }

    static let silent = PostgreSQLError(.unavailable, "PostgreSQL has not answered in time")
    static let closed = PostgreSQLError(.closed, "the database has been closed")
}

extension PostgreSQLError {
    /// The error that a result brings.
    init(_ result: OpaquePointer, task: String) {
        let state = PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) } ?? ""
        let text = PQresultErrorField(result, Int32(UInt8(ascii: "M"))).map { String(cString: $0) } ?? "no message"
        self.init(
            Kind(sqlState: state), sqlState: state, "PostgreSQL: \(text) (\(state)) in \(task.prefix(200))")
    }
}

extension PostgreSQLError.Kind {
    /// After appendix A of PostgreSQL's manual.
    init(sqlState: String) {
        switch sqlState {
        case "40001", "40P01": self = .conflict
        case "55P03", "57014": self = .timedOut
        // Ended by the server: too long idle in a transaction, or shut down. Rows of class 53 say that it has no room.
        // 25006: it only reads, as a standby does.
        case "25006", "25P03", "57P01", "57P02", "57P03", "57P05": self = .unavailable
        default:
            switch sqlState.prefix(2) {
            case "08", "53", "58", "28", "3D": self = .unavailable
            case "23": self = .constraint
            default: self = .other
            }
        }
    }
}

extension PostgreSQLError {
    /// Why the database takes nothing, for everybody; nil for what says nothing about the next transaction.
    package var reason: String? {
        switch kind {
        case .unavailable, .unknownOutcome:
            switch sqlState {
            case "": self == .silent ? "does not answer" : "can't be reached"
            case "25006": "only reads"
            case "53100": "has no room: the disk is full"
            case "53300": "has no connections left"
            case "57P01", "57P02", "57P03": "is starting or stopping"
            case let state where state.hasPrefix("53"): "has no memory or no room left"
            case "28P01": "does not take the service's password"
            case let state where state.hasPrefix("28"): "refuses this service"
            case let state where state.hasPrefix("3D"): "does not exist"
            default: "can't be used"
            }
        case .conflict, .timedOut, .constraint, .newerThanProgram, .closed, .other: nil
        }
    }
}
