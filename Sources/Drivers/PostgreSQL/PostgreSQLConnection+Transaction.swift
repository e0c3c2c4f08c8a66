#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// Where a connection stands.
enum TransactionState {
    case none
    /// BEGIN has not been sent yet: it goes with the first statement.
    case pending(String)
    case open
    /// The connection broke, and the server has undone the transaction, or will.
    case lost
}

extension PostgreSQLConnection {
    /// So often a transaction is tried that others undo.
    private static let tries = 6

    /// Runs `body` between BEGIN and COMMIT; rolled back when either throws. READ COMMITTED: each statement sees what was
    /// committed before it, and rows that are locked FOR UPDATE stay as they were seen. One that a deadlock or a
    /// concurrent insert undid is tried again, so `body` may run several times.
    func transaction<T>(_ body: (PostgreSQLConnection) throws -> T) throws -> T {
        try retrying { try within("BEGIN", body) }
    }

    /// The same, tried once.
    func transactionOnce<T>(_ body: (PostgreSQLConnection) throws -> T) throws -> T { try within("BEGIN", body) }

    /// Runs `body` on one snapshot of the database.
    func snapshot<T>(_ body: (PostgreSQLConnection) throws -> T) throws -> T {
        try retrying { try within("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY", body) }
    }

    private func retrying<T>(_ attempt: () throws -> T) throws -> T {
        for number in 1... {
            do {
                return try attempt()
            } catch let error as PostgreSQLError where number < Self.tries && isPassing(error, number) {
                // 4 to 8 ms, and twice as long each time: whoever stood in the way is out of it.
                if error.kind != .unavailable { usleep(UInt32.random(in: 4_000...8_000) << UInt32(number - 1)) }
            }
        }
        preconditionFailure("the last attempt returns or throws")
    }

    /// Whether another attempt may do: after a conflict, and once with a new connection for one that had broken while
    /// nobody used it. (23505: somebody inserted the row in between; what it means is found out by reading it.)
    private func isPassing(_ error: PostgreSQLError, _ number: Int) -> Bool {
        switch error.kind {
        case .conflict: true
        case .constraint: error.sqlState == "23505"
        case .unavailable: number == 1
        default: false
        }
    }

    private func within<T>(_ begin: String, _ body: (PostgreSQLConnection) throws -> T) throws -> T {
        transactionState = .pending(begin)
        defer { transactionState = .none }
        let result: T
        do {
            result = try body(self)
        } catch {
            rollback()
            throw error
        }
        // Nothing was asked of the database: there is nothing to commit.
        if case .pending = transactionState { return result }
        if case .lost = transactionState {
            throw PostgreSQLError(.unavailable, "the transaction was lost together with its connection")
        }
        do throws(PostgreSQLError) {
            try refuseIfSilent()
        } catch {
            rollback()
            throw error
        }
        do throws(PostgreSQLError) {
            // COMMIT of a transaction in which a statement failed succeeds, and rolls it back.
            guard try run("COMMIT").tag == "COMMIT" else {
                throw PostgreSQLError(.other, sqlState: "25P02", "a statement of the transaction had failed")
            }
        } catch {
            rollback()
            // A COMMIT that got no answer may have been carried out.
            guard error.kind == .unavailable, error.sqlState.isEmpty else { throw error }
            throw PostgreSQLError(.unknownOutcome, "whether it was committed is not known: \(error.message)")
        }
        return result
    }

    private func rollback() {
        guard case .open = transactionState else { return }
        // A connection on which even that fails is made anew.
        do throws(PostgreSQLError) { try run("ROLLBACK") } catch { close() }
    }
}
