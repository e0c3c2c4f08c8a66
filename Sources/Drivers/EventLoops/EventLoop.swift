internal import CLinux
internal import Glibc

/// A thread that waits for descriptors and for what other threads hand it, carries what lives on it (`LoopPart`), and runs tasks.
///
/// A task that prefers it comes back to it after every `await`. It ends when no part is busy any more.
///
/// `@unchecked Sendable`: all that changes belongs to the loop's thread, and before it starts to who made the loop; but for `mailbox`,
/// which has a lock.
package final class EventLoop: TaskExecutor, @unchecked Sendable {
    /// Jobs that jobs have resumed are run this many times before sockets have their turn again.
    private static let mostRounds = 8

    /// Nanoseconds of the monotonic clock when this turn of the loop began.
    package private(set) var now = monotonicNow()
    private let mailbox: Mailbox
    private let poll: Poll
    private var parts: [any LoopPart] = []
    private var mail = Mailbox.Contents()
    /// Tasks that go on, resumed on this thread: they need no lock, and nobody to be woken.
    private var jobs: [UnownedJob] = []
    private var running: [UnownedJob] = []
    /// Ended in this turn; what epoll has reported may still speak of them.
    private var gone: [Watch] = []

    /// nil, with `errno`, where the system has no descriptors for it.
    package init?() {
        guard let mailbox = Mailbox(), let poll = Poll() else { return nil }
        self.mailbox = mailbox
        self.poll = poll
        poll.watch(mailbox)
    }

    /// Starts the thread; it keeps the loop.
    ///
    /// - Parameters:
    ///   - name: of the thread, at most 15 bytes
    ///   - part: lives on the loop from its start
    /// - Returns: 0, or the system's error; then there is no thread
    package func start(_ name: StaticString, carrying part: any LoopPart) -> Int32 {
        parts = [part]
        var thread = pthread_t()
        let code = pthread_create(&thread, nil, { runLoop($0) }, Unmanaged.passRetained(self).toOpaque())
        guard code == 0 else {
            Unmanaged.passUnretained(self).release()
            parts = []
            return code
        }
        name.withUTF8Buffer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { _ = pthread_setname_np(thread, $0.baseAddress) }
        }
        pthread_detach(thread)
        return 0
    }

    // MARK: From any thread

    /// Whose thread this is, if it is a loop's.
    package static var current: EventLoop? {
        guard let loop = pthread_getspecific(currentKey) else { return nil }
        return Unmanaged<EventLoop>.fromOpaque(loop).takeUnretainedValue()
    }

    /// Whether this thread is the loop's.
    package var isCurrent: Bool {
        pthread_getspecific(currentKey) == Unmanaged.passUnretained(self).toOpaque()
    }

    package var hasEnded: Bool { mailbox.isClosed }

    /// Calls it on the loop's thread, soon.
    ///
    /// - Returns: false when the loop has ended, and never will
    package func post(_ call: @escaping @Sendable () -> Void) -> Bool {
        mailbox.post { $0.calls.append(call) }
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isCurrent {
            jobs.append(job)
        } else if !mailbox.post({ $0.jobs.append(job) }) {
            // After the loop's end a stray job finds its way.
            globalConcurrentExecutor.enqueue(ExecutorJob(job))
        }
    }

    // MARK: On its thread

    package func add(_ part: any LoopPart) { parts.append(part) }
    package func remove(_ part: any LoopPart) { parts.removeAll { $0 === part } }

    /// Whether the system lets it be watched.
    package func watch(_ watch: Watch) -> Bool { poll.set(watch, EPOLL_CTL_ADD) }

    package func watch(_ watch: Watch, for events: UInt32) -> Bool {
        watch.events = events
        return poll.set(watch, EPOLL_CTL_MOD)
    }

    /// Has to come before the descriptor is closed: between a fork and its exec a child has it, too, and epoll would go on telling of it.
    package func watchNoMore(_ watch: Watch) {
        guard !watch.isOver else { return }
        watch.isOver = true
        poll.remove(watch)
        gone.append(watch)
    }

    fileprivate func run() {
        // A connection that dies while it is written to is an error of the write and kills nobody.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        pthread_setspecific(currentKey, Unmanaged.passUnretained(self).toOpaque())
        while parts.contains(where: { $0.isBusy }) || !jobs.isEmpty || !mailbox.closeIfEmpty() { turn() }
        pthread_setspecific(currentKey, nil)
        for part in parts { part.loopEnded() }
        parts = []
    }

    private func turn() {
        poll.wait(milliseconds: patience)
        now = monotonicNow()
        mailbox.collect(into: &mail, wasWoken: poll.wasWoken)
        for call in mail.calls { call() }
        mail.calls.removeAll(keepingCapacity: true)
        for index in 0..<poll.count {
            if let watch = poll.watch(at: index), !watch.isOver { watch.changed(poll.changes(at: index)) }
        }
        runJobs()
        for part in parts { part.turn() }
        gone.removeAll(keepingCapacity: true)
    }

    /// How long it may wait for something to happen, in milliseconds; −1: for ever.
    private var patience: Int32 {
        guard jobs.isEmpty else { return 0 }
        var next = UInt64.max
        for part in parts { next = min(next, part.nextTurn) }
        guard next > now, mailbox.fallAsleep() else { return 0 }
        guard next != .max else { return -1 }
        // The turn may have been long.
        let now = monotonicNow()
        return next > now ? Int32(clamping: (next - now + 999_999) / 1_000_000) : 0
    }

    private func runJobs() {
        let executor = asUnownedTaskExecutor()
        for job in mail.jobs { job.runSynchronously(on: executor) }
        mail.jobs.removeAll(keepingCapacity: true)
        for _ in 0..<Self.mostRounds where !jobs.isEmpty {
            swap(&jobs, &running)
            for job in running { job.runSynchronously(on: executor) }
            running.removeAll(keepingCapacity: true)
        }
    }
}

/// Under which each loop's thread finds its loop.
private let currentKey = {
    var key = pthread_key_t()
    precondition(pthread_key_create(&key, nil) == 0, "the system has no room for one more key of threads")
    return key
}()

/// Nanoseconds of the monotonic clock.
package func monotonicNow() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

private func runLoop(_ raw: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let raw else { return nil }
    Unmanaged<EventLoop>.fromOpaque(raw).takeRetainedValue().run()
    return nil
}
