import CMicroHTTPD
import Glibc

/// A thread that owns connections, and the executor of their handlers.
///
/// A handler starts in the middle of the library's call, on this thread, and comes back to it after every `await`; a
/// connection is suspended only when its handler has not finished by then.
///
/// `@unchecked Sendable`: all that changes belongs to the loop's thread, but for `mailbox`, which has a lock.
final class EventLoop: TaskExecutor, @unchecked Sendable {
    let context: ServerContext
    let mailbox: Mailbox
    /// Open when this loop takes no connections from the network any more.
    let deaf = Gate()
    let ended = Gate()
    /// Nanoseconds of the monotonic clock when this turn of the loop began.
    private(set) var now = monotonicNow()
    private(set) var isDraining = false
    private(set) var connections: [Connection] = []
    private var daemon: OpaquePointer?
    private var acceptor: Acceptor?
    private var work = Mailbox.Contents()
    private var resumable: [Transaction] = []
    private var tasks = 0
    /// The library does not count resumed connections and freed places as reasons to run again.
    private var isDaemonDue = false
    private var nextSweep: UInt64 = 0
    private var stopBefore = UInt64.max
    /// A socket that the daemon has been given and has not announced yet.
    private var isAdopting = false

    init(context: ServerContext) throws(HTTPServerError) {
        guard let mailbox = Mailbox() else { throw .system(operation: "eventfd", code: errno) }
        self.context = context
        self.mailbox = mailbox
        let configuration = context.configuration
        daemon = mhd_start(
            Unmanaged.passUnretained(self).toOpaque(), requestAdvanced, requestLineRead, requestCompleted,
            connectionChanged, UInt32(clamping: context.maximumConnections + 16), configuration.silenceSeconds,
            configuration.memoryPerConnection)
        guard daemon != nil else { throw .system(operation: "starting libmicrohttpd", code: errno) }
    }

    /// Runs until the loop is told to stop, and then until its last task has ended.
    func start(acceptor: Acceptor?) throws(HTTPServerError) {
        self.acceptor = acceptor
        var thread = pthread_t()
        let code = pthread_create(&thread, nil, { runLoop($0) }, Unmanaged.passRetained(self).toOpaque())
        guard code == 0 else {
            Unmanaged.passUnretained(self).release()
            throw .system(operation: "starting a thread", code: code)
        }
        pthread_detach(thread)
    }

    /// For a loop whose thread never started.
    func discard() {
        acceptor = nil
        MHD_stop_daemon(daemon)
        daemon = nil
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        // After the loop's end there is no task of ours left; a stray job finds its way.
        if !mailbox.post({ $0.jobs.append(job) }) { globalConcurrentExecutor.enqueue(ExecutorJob(job)) }
    }

    // MARK: The loop

    fileprivate func run() {
        while daemon != nil {
            turn()
            if isDraining, connections.isEmpty || now >= stopBefore { tearDown() }
        }
        ended.open()
        // The tasks that did not finish in time have been cancelled; what is left of them still runs here.
        while tasks > 0 || !mailbox.closeIfEmpty() {
            var poll = [pollfd(fd: mailbox.descriptor, events: Int16(POLLIN), revents: 0)]
            if mailbox.fallAsleep() { Glibc.poll(&poll, 1, -1) }
            collect(wasWoken: poll[0].revents != 0)
            runJobs()
        }
    }

    private func turn() {
        let daemonTimeout = nextDaemonRun()
        var descriptors = [
            pollfd(fd: mailbox.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: mhd_epoll_descriptor(daemon), events: Int16(POLLIN), revents: 0),
            pollfd(fd: acceptor?.descriptor(at: now) ?? -1, events: Int16(POLLIN), revents: 0),
        ]
        let timeout = mailbox.fallAsleep() ? pollTimeout(daemonTimeout) : 0
        poll(&descriptors, nfds_t(descriptors.count), timeout)
        now = monotonicNow()

        collect(wasWoken: descriptors[0].revents != 0)
        work.sockets.forEach(adopt)
        work.sockets.removeAll(keepingCapacity: true)
        runJobs()
        resumeAnswered()
        if descriptors[2].revents != 0 { acceptor?.accept(at: now) }
        var isDue = isDaemonDue || daemonTimeout == 0 || descriptors[1].revents != 0
        if now >= nextSweep {
            sweep()
            isDue = true
        }
        isDaemonDue = false
        if isDue { MHD_run(daemon) }
    }

    /// Milliseconds until the daemon has to run without an event; nil for never.
    private func nextDaemonRun() -> UInt64? {
        var timeout: UInt64 = 0
        return MHD_get_timeout(daemon, &timeout) == .YES ? timeout : nil
    }

    private func pollTimeout(_ daemonTimeout: UInt64?) -> Int32 {
        if isDaemonDue { return 0 }
        guard !connections.isEmpty || isDraining || acceptor?.hasChores == true else { return -1 }
        let wakeUp = min(nextSweep, stopBefore)
        let milliseconds = wakeUp > now ? (wakeUp - now + 999_999) / 1_000_000 : 0
        return Int32(min(daemonTimeout ?? 1_000, milliseconds, 1_000))
    }

    private func collect(wasWoken: Bool) {
        mailbox.collect(into: &work, wasWoken: wasWoken)
        if let stop = work.stopBefore {
            work.stopBefore = nil
            drain(until: stop)
        }
    }

    private func runJobs() {
        let executor = asUnownedTaskExecutor()
        for job in work.jobs { job.runSynchronously(on: executor) }
        work.jobs.removeAll(keepingCapacity: true)
    }

    private func resumeAnswered() {
        guard !resumable.isEmpty else { return }
        for transaction in resumable { transaction.resume() }
        resumable.removeAll(keepingCapacity: true)
        isDaemonDue = true
    }

    // MARK: Connections

    /// Gives the daemon an accepted socket, which has been counted.
    func adopt(_ socket: Int32) {
        guard daemon != nil, !isDraining || stopBefore > now else {
            close(socket)
            return context.connectionEnded()
        }
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        isAdopting = true
        withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                getpeername(socket, address, &length)
                _ = MHD_add_connection(daemon, socket, address, length)
            }
        }
        if isAdopting {
            // It failed, and the daemon has closed the socket.
            isAdopting = false
            context.connectionEnded()
        } else if isDraining {
            connections.last?.endIfIdle()
        }
        isDaemonDue = true
    }

    func connectionBegan(_ connection: Connection) {
        isAdopting = false
        connection.index = connections.count
        connections.append(connection)
    }

    func connectionEnded(_ connection: Connection) {
        connections.swapAt(connection.index, connections.count - 1)
        connections[connection.index].index = connection.index
        connections.removeLast()
        context.connectionEnded()
        isDaemonDue = true
    }

    func taskBegan() { tasks += 1 }
    func taskEnded() { tasks -= 1 }
    func resumeSoon(_ transaction: Transaction) { resumable.append(transaction) }

    // MARK: Time and the end

    private func sweep() {
        nextSweep = now + context.configuration.sweepInterval
        Sweep(connections).run(at: now)
        acceptor?.sweep(at: now)
    }

    private func drain(until stop: UInt64) {
        isDraining = true
        stopBefore = stop
        acceptor?.close(at: now)
        acceptor = nil
        deaf.open()
        for connection in connections { connection.endIfIdle() }
    }

    /// Cuts what is left. A daemon cannot be stopped while a connection is suspended.
    private func tearDown() {
        for transaction in connections.compactMap(\.transaction) {
            transaction.cancel()
            transaction.resume()
        }
        resumable.removeAll()
        MHD_stop_daemon(daemon)
        daemon = nil
        collect(wasWoken: true)
        work.sockets.forEach(adopt)
        work.sockets.removeAll()
    }
}

private func runLoop(_ raw: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let raw else { return nil }
    pthread_setname_np(pthread_self(), "http-loop")
    Unmanaged<EventLoop>.fromOpaque(raw).takeRetainedValue().run()
    return nil
}
