internal import CLinux
internal import Deadlines
internal import Glibc

/// A connection to a database that lives on a thread of its own.
package protocol ThreadConnection: SendableMetatype {
    func close()
}

/// Threads that each own a connection and share one queue of jobs, which they run in order. What blocks has no business on
/// Swift's own threads; and a connection that never leaves its thread needs no mutex.
///
/// Sendable: everything that changes is read and written under `lock`.
package final class ConnectionThreads<Connection: ThreadConnection>: @unchecked Sendable {
    private typealias Job = @Sendable (Connection) -> Void

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
    /// When each thread that works began with the job that it has; by the threads' numbers.
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
                    continuation.resume(returning: .success(()))
                    self.work(connection)
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

    /// Runs `body` on one of the threads. Jobs start in the order in which they came. Throws `DeadlinePassed` at the
    /// request's deadline (`RequestDeadline`): a job that was not begun by then is dropped, one that was goes on.
    nonisolated(nonsending) package func run<T: Sendable>(
        _ body: @escaping @Sendable (Connection) throws -> T
    ) async throws -> T {
        try await PendingAnswer<Result<T, any Error>>.wait(
            until: RequestDeadline.current, late: { .failure($0) }
        ) { answer in
            let accepted = locked {
                // Without a thread, for none could be started, nobody would ever take it.
                guard !isClosed, running > 0 else { return false }
                jobs.append { connection in
                    if answer.begin() { answer.give(Result { try body(connection) }) }
                }
                return true
            }
            guard accepted else { return answer.give(.failure(closed)) }
            pthread_cond_signal(signal)
        }.get()
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

    private func work(_ connection: Connection) {
        let number = locked {
            lastNumber += 1
            return lastNumber
        }
        while let job = take(number) { job(connection) }
        connection.close()
        leave()
    }

    /// The next job; waits for it. nil when there will be none.
    private func take(_ number: Int) -> Job? {
        locked {
            began[number] = nil
            while firstJob == jobs.count {
                if isClosed { return nil }
                pthread_cond_wait(signal, lock)
            }
            let job = jobs[firstJob]
            began[number] = .now
            firstJob += 1
            // Taken ones are dropped in bulk: rarely, but before they hold much memory.
            if firstJob == jobs.count || firstJob >= 64 {
                jobs.removeFirst(firstJob)
                firstJob = 0
            }
            return job
        }
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

/// Runs `body` on a new thread. Whether there is one.
private func startThread(_ name: StaticString, _ body: @escaping @Sendable () -> Void) -> Bool {
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
