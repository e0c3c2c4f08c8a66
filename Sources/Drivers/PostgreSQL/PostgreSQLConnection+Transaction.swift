internal import CPostgreSQL

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
    /// The last statements have brought its COMMIT with them.
    case committed
    /// The connection broke, and the server has undone the transaction, or will.
    case lost
}

extension PostgreSQLConnection {
    /// So often a transaction is tried that others undo.
    private static let tries = 6
    private static let reading = "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"

    /// Runs `body` between BEGIN and COMMIT; rolled back when either throws. READ COMMITTED: each statement sees what was
    /// committed before it, and rows that are locked FOR UPDATE stay as they were seen. One that a deadlock or a
    /// concurrent insert undid is tried again, so `body` may run several times.
    func transaction<T>(
        _ commit: PostgreSQLDatabase.Commit = .synced, _ body: (PostgreSQLConnection) throws -> T
    ) throws -> T {
        self.commit = commit
        defer { self.commit = .synced }
        return try retrying { try within("BEGIN", body) }
    }

    /// The same, tried once.
    func transactionOnce<T>(_ body: (PostgreSQLConnection) throws -> T) throws -> T { try within("BEGIN", body) }

    /// Runs `body` on one snapshot of the database.
    func snapshot<T>(_ body: (PostgreSQLConnection) throws -> T) throws -> T {
        try retrying { try within(Self.reading, body) }
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
        (transactionState, deferred) = (.pending(begin), [])
        onlyReads = begin == Self.reading
        defer { transactionState = .none }
        // Of an attempt that was undone nothing is there.
        hasChanged = false
        let result: T
        do {
            result = try body(self)
            // A connection that had broken while nobody used it is found out before COMMIT, after which nothing is sure.
            if case .pending = transactionState { try runDeferred() }
        } catch {
            rollback()
            throw error
        }
        switch transactionState {
        // Nothing was asked of the database: there is nothing to commit.
        case .pending, .committed, .none: return result
        case .lost: throw PostgreSQLError(.unavailable, "the transaction was lost together with its connection")
        case .open: break
        }
        do throws(PostgreSQLError) {
            try refuseIfSilent()
        } catch {
            rollback()
            throw error
        }
        let begun = ContinuousClock.now
        defer { committing += ContinuousClock.now - begun }
        do throws(PostgreSQLError) {
            // COMMIT of a transaction in which a statement failed succeeds, and rolls it back.
            guard try run("COMMIT").tag == "COMMIT" else {
                throw PostgreSQLError(.other, sqlState: "25P02", "a statement of the transaction had failed")
            }
        } catch {
            rollback()
            throw error.ofCommit
        }
        return result
    }

    /// Statements as `run`, the last ones of a transaction: its COMMIT goes with them, in the same round trip. Nothing may be asked
    /// behind them.
    package func runLast(_ statements: [PostgreSQLStatement]) throws(PostgreSQLError) -> [PostgreSQLResult] {
        if onlyReads { return try readLast(statements) }
        if case .pending = transactionState { try refuseClosed() }
        let results: [PostgreSQLResult]
        do throws(PostgreSQLError) {
            results = try run(statements + [PostgreSQLStatement("COMMIT")])
        } catch {
            throw error.ofCommit
        }
        guard results.last?.tag == "COMMIT" else {
            throw PostgreSQLError(.other, sqlState: "25P02", "a statement of the transaction had failed")
        }
        transactionState = .committed
        return results.dropLast()
    }

    /// One statement is a snapshot by itself.
    private func readLast(_ statements: [PostgreSQLStatement]) throws(PostgreSQLError) -> [PostgreSQLResult] {
        if case .pending = transactionState, statements.count == 1, isPooled == false {
            transactionState = .none
            defer { transactionState = .committed }
            return try run(statements)
        }
        let results = try run(statements + [PostgreSQLStatement("COMMIT")])
        transactionState = .committed
        return results.dropLast()
    }

    /// A connection that the server closed while nobody used it is known to have carried out nothing; once statements are sent,
    /// it may have.
    private func refuseClosed() throws(PostgreSQLError) {
        guard let native else { return }
        // The first may find what the server said before it closed.
        for _ in 0..<2 where PQconsumeInput(native) != 1 { throw broken(native) }
    }

    private func rollback() {
        deferred = []
        guard case .open = transactionState else { return }
        // A connection on which even that fails is made anew.
        do throws(PostgreSQLError) { try run("ROLLBACK") } catch { close() }
    }
}

extension PostgreSQLError {
    /// This error as that of a COMMIT: one that got no answer may have been carried out.
    fileprivate var ofCommit: PostgreSQLError {
        guard kind == .unavailable, sqlState.isEmpty else { return self }
        return PostgreSQLError(.unknownOutcome, "whether it was committed is not known: \(message)")
    }
}
