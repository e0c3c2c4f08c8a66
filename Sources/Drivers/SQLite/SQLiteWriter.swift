internal import ConnectionThreads
internal import Deadlines
internal import SharedWork
internal import Synchronization

/// The one connection that writes, and what waits for it. What is asked while a transaction runs goes into the next one: a lone
/// write never waits, and under load one commit serves many. Whoever may block commits by itself what waits, where nobody does.
final class SQLiteWriter: Sendable {
    let thread = ConnectionThreads<SQLiteConnection>("sqlite-writer", closed: SQLiteError.closed)
    private let queue: Mutex<WriteQueue>
    private let limits: WriteLimits
    private let condition: DatabaseCondition
    let observer = WriteObserver()

    init(_ limits: WriteLimits, condition: DatabaseCondition) {
        queue = Mutex(WriteQueue(limits))
        self.limits = limits
        self.condition = condition
    }

    nonisolated(nonsending) func write<T: Sendable>(
        _ commit: SQLiteDatabase.Commit, weight: Int, committed: (@Sendable (T) -> Void)?,
        _ body: @escaping @Sendable (SQLiteConnection) throws -> T
    ) async throws -> T {
        let deadline = RequestDeadline.current
        return try await PendingAnswer<Result<T, any Error>>.wait(until: deadline, late: { .failure($0) }) { answer in
            let write = Write(commit, weight: max(0, weight), committed: committed, answer, body)
            switch queue.withLock({ $0.admit(write, isRequest: deadline != nil) }) {
            case .refused(let error): write.end(error)
            case .queued: break
            case .queuedAndStart: start(here: deadline == nil)
            }
        }.get()
    }

    var waiting: Int { queue.withLock { $0.count } }

    /// Admits nothing more; what was admitted is written before `thread` stops.
    func close() { queue.withLock { $0.close() } }

    /// `here`: on the caller's thread, where that may block and the connection is free then; with what its other tasks ask for first.
    private func start(here: Bool) {
        guard here, let caller = WorkThread.current else { return startThere() }
        caller.whenOthersWait {
            if self.thread.runHere({ self.writeNext($0) }) == nil { self.startThere() }
        }
    }

    private func startThere() {
        if thread.post({ self.writeNext($0) }) { return }
        for write in queue.withLock({ $0.giveUp() }) { write.end(SQLiteError.closed) }
    }

    /// One transaction; what has come meanwhile is left to the thread, behind what else it is asked to do.
    private func writeNext(_ connection: SQLiteConnection) {
        while true {
            let (writes, since) = queue.withLock { $0.take() }
            if writes.isEmpty { return }
            let begun = ContinuousClock.now
            var batch = WriteBatch(connection, condition)
            let began = writes.contains { $0.part != nil } ? SharedWork.now() : nil
            let left = batch.run(writes, within: limits.time)
            let took = ContinuousClock.now - begun
            observer.note(
                WriteTimes(
                    wait: begun - since, run: took - batch.committing, commit: batch.committing,
                    writes: writes.count - left.count))
            if let began {
                let done = writes.dropLast(left.count)
                SharedWork.end(done.compactMap(\.part), of: done.count, since: began)
            }
            let isDone = queue.withLock { $0.isDone(puttingBack: left) }
            syncLater(connection)
            if isDone { return }
            // Once the thread has been told to stop, what was admitted is written all the same.
            if thread.post({ self.writeNext($0) }) { return }
        }
    }

    /// Sees to it that what is committed is synced soon; on the thread.
    private func syncLater(_ connection: SQLiteConnection) {
        guard !connection.log.isSynced, !connection.log.isTimed else { return }
        connection.log.isTimed = true
        let waited = connection.log.unsyncedSince.map { .now - $0 } ?? .zero
        // Where it could not be synced, it is tried again after as long.
        let wait = waited < SQLiteDatabase.syncAfter ? SQLiteDatabase.syncAfter - waited : SQLiteDatabase.syncAfter
        Task {
            try? await Task.sleep(for: wait)
            _ = thread.post { self.syncIfDue($0) }
        }
    }

    private func syncIfDue(_ connection: SQLiteConnection) {
        connection.log.isTimed = false
        let since = connection.log.unsyncedSince
        if since.map({ .now - $0 >= SQLiteDatabase.syncAfter }) ?? connection.log.isDoubtful {
            do throws(SQLiteError) {
                try connection.syncLog()
                connection.writeBackLongLog()
            } catch {
                if let reason = error.reason { condition.failed(reason, error.message) }
            }
        }
        syncLater(connection)
    }
}
