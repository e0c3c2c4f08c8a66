internal import CLinux
internal import Deadlines
internal import Glibc

/// A connection to a database that may block, and is used by one thread at a time.
package protocol ThreadConnection: SendableMetatype {
    func close()
}

/// As many connections as threads, which share one queue of jobs and run them in order. What blocks has no business on
/// Swift's own threads, nor on event loops. A `WorkThread` may block: it takes a connection that is free, and no thread is woken.
///
/// Sendable: everything that changes is read and written under `lock`.
package final class ConnectionThreads<Connection: ThreadConnection>: @unchecked Sendable {
    private typealias Job = @Sendable (Connection) -> Void

    /// Of a thread that has a connection.
    private struct Turn {
        let connection: Connection
        let number: Int
        var job: Job?
    }

    /// What jobs get that come after the end.
    private let closed: any Error

    private let name: StaticString
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private let signal: UnsafeMutablePointer<pthread_cond_t>
    private var jobs: [Job] = []
    /// The first job that has not been taken; those before it are gone.
    private var firstJob = 0
    private var isClosed = false
    private var running = 0
    /// The connections that nobody uses.
    private var free: [Connection] = []
    /// When each job that runs began, by a number of its own.
    private var began: [Int: ContinuousClock.Instant] = [:]
    private var lastNumber = 0
    private var waitingForEnd: [CheckedContinuation<Void, Never>] = []

    /// `name`: of the threads, for debuggers and top; at most 15 bytes.
    package init(_ name: StaticString, closed: any Error) {
        self.name = name
        self.closed = closed
        lock = .allocate(capacity: 1)
        signal = .allocate(capacity: 1)
        pthread_mutex_init(lock, nil)
        pthread_cond_init(signal, nil)
    }

    deinit {
        // No thread is left: each one holds a reference while it runs.
        pthread_cond_destroy(signal)
        pthread_mutex_destroy(lock)
        signal.deallocate()
        lock.deallocate()
    }

    /// Starts a thread and opens its connection there. When that fails the thread ends. `refused`: what to throw when the
    /// system has no more threads.
    package func start<Failure: Error>(
        refused: Failure, _ open: @escaping @Sendable () throws(Failure) -> Connection
    ) async throws(Failure) {
        let result: Result<Void, Failure> = await withCheckedContinuation { continuation in
            locked { running += 1 }
            let started = startThread(name) {
                do throws(Failure) {
                    let connection = try open()
                    // Free before anybody hears of it, who may want to borrow it.
                    self.locked { self.free.append(connection) }
                    continuation.resume(returning: .success(()))
                    self.work()
                } catch {
                    self.leave()
                    continuation.resume(returning: .failure(error))
                }
            }
            if !started {
                leave()
                continuation.resume(returning: .failure(refused))
            }
        }
        try result.get()
    }

    /// Runs `body` on one of the threads, or on the caller's where that is a `WorkThread` and a connection is free. Jobs start
    /// in the order in which they came. Throws `DeadlinePassed` at the request's deadline (`RequestDeadline`): a job that was
    /// not begun by then is dropped, one that was goes on.
    nonisolated(nonsending) package func run<T: Sendable>(
        _ body: @escaping @Sendable (Connection) throws -> T
    ) async throws -> T {
        let deadline = RequestDeadline.current
        if deadline == nil, let result = runHere({ connection in Result { try body(connection) } }) {
            return try result.get()
        }
        return try await PendingAnswer<Result<T, any Error>>.wait(
            until: deadline, late: { .failure($0) }
        ) { answer in
            let accepted = post { connection in
                if answer.begin() { answer.give(Result { try body(connection) }) }
            }
            if !accepted { answer.give(.failure(closed)) }
        }.get()
    }

    /// Runs `body` now, on the caller's thread. nil: it was not run, for the thread is no `WorkThread` and may not block, or others
    /// have the connections, or wait for them.
    package func runHere<T>(_ body: (Connection) -> T) -> T? {
        guard WorkThread.current != nil,
            let turn = locked({ firstJob == jobs.count && !isClosed ? begin() : nil })
        else { return nil }
        let result = body(turn.connection)
        let isWanted = locked {
            finish(turn)
            return firstJob < jobs.count || isClosed
        }
        if isWanted { pthread_cond_signal(signal) }
        return result
    }

    /// Has `job` run on one of the threads, behind those that came before. False after the end: it will not run.
    package func post(_ job: @escaping @Sendable (Connection) -> Void) -> Bool {
        let accepted = locked {
            // Without a thread, for none could be started, nobody would ever take it.
            guard !isClosed, running > 0 else { return false }
            jobs.append(job)
            return true
        }
        if accepted { pthread_cond_signal(signal) }
        return accepted
    }

    /// Since when the longest of the jobs that run has been running; nil: none runs.
    package var busySince: ContinuousClock.Instant? { locked { began.values.min() } }

    /// Takes no more jobs, waits for those that it has, and for the connections to be closed. Idempotent.
    package func stop() async {
        await withCheckedContinuation { continuation in
            let isOver = locked {
                isClosed = true
                if running > 0 { waitingForEnd.append(continuation) }
                return running == 0
            }
            if isOver { continuation.resume() }
            pthread_cond_broadcast(signal)
        }
    }

    // MARK: On the threads

    private func work() {
        var turn = take()
        while let job = turn.job {
            job(turn.connection)
            turn = take(after: turn)
        }
        turn.connection.close()
        locked { began[turn.number] = nil }
        leave()
    }

    /// The next job, and a connection for it; waits for both. Without a job there will be none: the connection is to be closed.
    private func take(after last: Turn? = nil) -> Turn {
        locked {
            if let last { finish(last) }
            while true {
                let isOver = isClosed && firstJob == jobs.count
                if isOver || firstJob < jobs.count, var turn = begin() {
                    if !isOver { turn.job = takeJob() }
                    return turn
                }
                pthread_cond_wait(signal, lock)
            }
        }
    }

    private func takeJob() -> Job {
        let job = jobs[firstJob]
        firstJob += 1
        // Taken ones are dropped in bulk: rarely, but before they hold much memory.
        if firstJob == jobs.count || firstJob >= 64 {
            jobs.removeFirst(firstJob)
            firstJob = 0
        }
        return job
    }

    /// Takes a connection, if one is free; under the lock.
    private func begin() -> Turn? {
        guard let connection = free.popLast() else { return nil }
        lastNumber += 1
        began[lastNumber] = .now
        return Turn(connection: connection, number: lastNumber)
    }

    /// Gives the connection back; under the lock.
    private func finish(_ turn: Turn) {
        began[turn.number] = nil
        free.append(turn.connection)
    }

    private func leave() {
        let waiting = locked {
            running -= 1
            guard running == 0 else { return [CheckedContinuation<Void, Never>]() }
            defer { waitingForEnd = [] }
            return waitingForEnd
        }
        for continuation in waiting { continuation.resume() }
    }

    private func locked<T>(_ body: () -> T) -> T {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return body()
    }
}

/// Runs `body` on a new thread, of a name of at most 15 bytes. False where the system has no more threads.
package func startThread(_ name: StaticString, _ body: @escaping @Sendable () -> Void) -> Bool {
    final class Box: Sendable {
        let name: StaticString
        let body: @Sendable () -> Void
        init(_ name: StaticString, _ body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    let box = Unmanaged.passRetained(Box(name, body))
    #if canImport(Darwin)
        var thread: pthread_t?
    #else
        var thread = pthread_t()
    #endif
    let code = pthread_create(
        &thread, &attributes,
        { argument in
            let pointer: UnsafeMutableRawPointer? = argument
            if let pointer {
                let box = Unmanaged<Box>.fromOpaque(pointer).takeRetainedValue()
                _ = pthread_setname_np(pthread_self(), "\(box.name)")
                box.body()
            }
            return nil
        }, box.toOpaque())
    if code != 0 { box.release() }
    return code == 0
}
