internal import ConnectionThreads

/// Writes that share a transaction. Each comes to what it would come to alone: nobody is told anything before the commit, and what
/// fails takes nothing of its neighbours with it.
struct WriteBatch {
    private let connection: SQLiteConnection
    private let condition: DatabaseCondition
    /// Whether the transaction that is open has changed anything.
    private var hasChanges = false
    private var commit = SQLiteDatabase.Commit.synced
    /// What commits have taken.
    private(set) var committing: Duration = .zero

    init(_ connection: SQLiteConnection, _ condition: DatabaseCondition) {
        self.connection = connection
        self.condition = condition
    }

    /// Runs them in their order, without savepoints at first, for nearly always none fails. Answers those for which there
    /// was no time: they were not begun.
    mutating func run(_ writes: [any PendingWrite], within time: Duration) -> ArraySlice<any PendingWrite> {
        var begun: [any PendingWrite] = []
        begun.reserveCapacity(writes.count)
        do throws(SQLiteError) {
            commit = writes.contains { $0.commit == .synced } ? .synced : .unsynced
            try begin()
        } catch {
            end(writes.filter { $0.begin() }, error)
            return []
        }
        let latest = ContinuousClock.now + time
        for (index, write) in writes.enumerated() {
            if index > 0, ContinuousClock.now > latest {
                finish(begun)
                return writes[index...]
            }
            guard write.begin() else { continue }
            if let error = attempt(write) {
                let isLost = connection.rollBack() != nil
                if isLost || begun.isEmpty { end([write], error) } else { begun.append(write) }
                if !begun.isEmpty { runWithSavepoints(begun) }
                return writes[(index + 1)...]
            }
            begun.append(write)
        }
        finish(begun)
        return []
    }

    /// Once more from the start, with a savepoint each, so that only what fails is undone.
    private mutating func runWithSavepoints(_ writes: [any PendingWrite]) {
        var failures: [(any Error)?] = []
        do throws(SQLiteError) {
            try begin()
            for (index, write) in writes.enumerated() {
                try connection.execute("SAVEPOINT one")
                let error = attempt(write)
                if let error, connection.lostTransaction != nil {
                    // What came before is undone, too, and what follows would be committed statement by statement.
                    connection.rollBack()
                    end([write], error)
                    return runAlone(writes[..<index] + writes[(index + 1)...])
                }
                if error != nil { try connection.execute("ROLLBACK TO one") }
                try connection.execute("RELEASE one")
                failures.append(error)
            }
        } catch {
            connection.rollBack()
            return end(writes, error)
        }
        finish(writes, failures)
    }

    /// In a transaction each.
    private mutating func runAlone(_ writes: ArraySlice<any PendingWrite>) {
        for write in writes {
            do throws(SQLiteError) {
                try begin()
            } catch {
                end([write], error)
                continue
            }
            if let error = attempt(write) {
                connection.rollBack()
                end([write], error)
            } else {
                finish([write])
            }
        }
    }

    private mutating func begin() throws(SQLiteError) {
        hasChanges = false
        try connection.prepare(commit)
        try connection.begin(SQLiteConnection.toWrite)
    }

    /// nil: it has done its work. Otherwise what it threw, or why the transaction is lost.
    private mutating func attempt(_ write: any PendingWrite) -> (any Error)? {
        let before = connection.allChanges
        do {
            try write.run(in: connection)
        } catch {
            return connection.lostTransaction ?? error
        }
        if let lost = connection.lostTransaction { return lost }
        if connection.allChanges != before { hasChanges = true }
        return nil
    }

    /// Commits, then tells everybody. `failures`: of those that are undone already, in the order of `writes`; empty: none is.
    private mutating func finish(_ writes: [any PendingWrite], _ failures: [(any Error)?] = []) {
        let begun = ContinuousClock.now
        do throws(SQLiteError) {
            try connection.checkFile()
            try connection.commit()
            try connection.noteCommit(changed: hasChanges)
            committing += ContinuousClock.now - begun
        } catch {
            // A constraint that is looked at as the transaction ends is one write's fault, and nothing was committed.
            let isRefused = error.kind == .constraint && connection.lostTransaction == nil
            connection.rollBack()
            // Any other failure leaves open what became of all of them, and of what those saw that had failed.
            return isRefused && writes.count > 1 ? runAlone(writes[...]) : end(writes, error)
        }
        for case let error? in failures { note(error) }
        if hasChanges { condition.wrote() } else { condition.answered() }
        for (index, write) in writes.enumerated() { write.end(failures.isEmpty ? nil : failures[index]) }
        connection.writeBackLongLog()
    }

    private func end(_ writes: [any PendingWrite], _ error: any Error) {
        note(error)
        for write in writes { write.end(error) }
    }

    private func note(_ error: any Error) {
        if let error = error as? SQLiteError, let reason = error.reason { condition.failed(reason, error.message) }
    }
}
