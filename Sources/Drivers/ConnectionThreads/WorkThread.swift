internal import CLinux
internal import Glibc

/// A thread of its own for what a service does in the background, and the executor of its task: a loop that may block. What
/// it asks of a database it does itself, on a connection that is free, instead of handing it to another thread and waiting.
///
/// Whatever its task awaits, it goes on here, and so do the task's children. It sleeps while there is nothing to do.
///
/// `@unchecked Sendable`: `jobs`, `isAsleep` and `hasEnded` are read and written under `lock`, the rest by the thread alone.
package final class WorkThread: TaskExecutor, @unchecked Sendable {
    private struct Timer {
        var number: Int
        var due: ContinuousClock.Instant
        var body: () -> Void
    }

    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private let signal: UnsafeMutablePointer<pthread_cond_t>
    private var jobs: [UnownedJob] = []
    private var isAsleep = false
    private var isEnding = false
    private var hasEnded = false
    /// What waits until all tasks of this thread wait for something.
    private var deferred: [() -> Void] = []
    /// The last is due first.
    private var timers: [Timer] = []
    private var lastTimer = 0

    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key, nil)
        return key
    }()

    /// The one that the caller runs on; nil on every other thread, where nothing may block.
    package static var current: WorkThread? {
        pthread_getspecific(key).map { Unmanaged<WorkThread>.fromOpaque($0).takeUnretainedValue() }
    }

    private init() {
        lock = .allocate(capacity: 1)
        signal = .allocate(capacity: 1)
        pthread_mutex_init(lock, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        // The system's clock may be set.
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(signal, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(signal)
        pthread_mutex_destroy(lock)
        signal.deallocate()
        lock.deallocate()
    }

    /// Runs `body` as a task on a new thread, which ends with it. Where the system has no more threads it runs on Swift's own.
    ///
    /// - Parameter name: of the thread, for debuggers and top; at most 15 bytes.
    package static func start(_ name: StaticString, _ body: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        let thread = WorkThread()
        guard startThread(name, { thread.run() }) else { return Task { await body() } }
        return Task(executorPreference: thread) {
            await body()
            thread.end()
        }
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let (isTaken, mustWake) = locked {
            guard !hasEnded else { return (false, false) }
            jobs.append(job)
            defer { isAsleep = false }
            return (true, isAsleep)
        }
        if mustWake { pthread_cond_signal(signal) }
        // A stray job of a task that outlives the one that it was started for.
        if !isTaken { globalConcurrentExecutor.enqueue(ExecutorJob(job)) }
    }

    // MARK: On the thread

    /// Calls `body`, which is quick, on this thread once `duration` is over; to be asked for, and cancelled, on it.
    package func call(after duration: Duration, _ body: @escaping () -> Void) -> Int {
        lastTimer += 1
        let due = ContinuousClock.now + duration
        let place = timers.lastIndex { $0.due > due }.map { $0 + 1 } ?? 0
        timers.insert(Timer(number: lastTimer, due: due, body: body), at: place)
        return lastTimer
    }

    package func cancel(_ timer: Int) {
        timers.removeAll { $0.number == timer }
    }

    /// Calls `body` once no task of this thread can go on: what several of them ask for is done together. To be asked for on it.
    package func whenOthersWait(_ body: @escaping () -> Void) {
        deferred.append(body)
    }

    private func run() {
        pthread_setspecific(Self.key, Unmanaged.passUnretained(self).toOpaque())
        let executor = asUnownedTaskExecutor()
        while let jobs = take() {
            for job in jobs { job.runSynchronously(on: executor) }
            if jobs.isEmpty, !deferred.isEmpty {
                var bodies: [() -> Void] = []
                swap(&bodies, &deferred)
                for body in bodies { body() }
            }
            while let timer = timers.last, timer.due <= .now {
                timers.removeLast()
                timer.body()
            }
        }
        pthread_setspecific(Self.key, nil)
    }

    /// What is to be run now; waits for it, or for a timer. nil: the end.
    private func take() -> [UnownedJob]? {
        let wait = deferred.isEmpty ? timers.last.map { $0.due - .now } : .zero
        return locked {
            if jobs.isEmpty, !isEnding, wait.map({ $0 > .zero }) ?? true {
                isAsleep = true
                if let wait {
                    var until = Self.time(after: wait)
                    while isAsleep, pthread_cond_timedwait(signal, lock, &until) == 0 {}
                    isAsleep = false
                } else {
                    while isAsleep { pthread_cond_wait(signal, lock) }
                }
            }
            if jobs.isEmpty, isEnding {
                hasEnded = true
                return nil
            }
            defer { jobs.removeAll(keepingCapacity: true) }
            return jobs
        }
    }

    private static func time(after duration: Duration) -> timespec {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        let (seconds, attoseconds) = duration.components
        let nanoseconds = time.tv_nsec + Int(attoseconds / 1_000_000_000)
        time.tv_sec += Int(clamping: seconds) + nanoseconds / 1_000_000_000
        time.tv_nsec = nanoseconds % 1_000_000_000
        return time
    }

    private func end() {
        locked {
            isEnding = true
            isAsleep = false
        }
        pthread_cond_signal(signal)
    }

    private func locked<T>(_ body: () -> T) -> T {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return body()
    }
}
