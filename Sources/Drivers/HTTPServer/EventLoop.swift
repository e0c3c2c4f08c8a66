internal import CLinux
internal import Glibc

/// A thread that owns connections, and the executor of their handlers.
///
/// A handler starts as soon as its request has been read, on this thread, and comes back to it after every `await`.
///
/// `@unchecked Sendable`: all that changes belongs to the loop's thread, but for `mailbox`, which has a lock. `siblings` is
/// set before any thread starts.
final class EventLoop: TaskExecutor, @unchecked Sendable {
    let context: ServerContext
    let mailbox: Mailbox
    /// All loops of the server.
    var siblings: [EventLoop] = []
    /// Open when this loop takes no connections from the network any more.
    let deaf = Gate()
    let ended = Gate()
    /// Nanoseconds of the monotonic clock when this turn of the loop began.
    private(set) var now = monotonicNow()
    private(set) var isDraining = false
    private(set) var connections: [Connection] = []
    var waiting = WaitingList()
    /// What is read from sockets, one after the other.
    let input: UnsafeMutableRawBufferPointer
    var responseHead = ResponseHead()
    /// Bytes of answers that clients have not taken yet.
    var heldAnswers = 0
    private let poll: Poll
    private var acceptor: Acceptor?
    private var work = Mailbox.Contents()
    private var answered: [Connection] = []
    private var goingOn: [Connection] = []
    /// Ended in this turn; what epoll has reported may still speak of them.
    private var gone: [Connection] = []
    private var tasks = 0
    private var nextSweep = UInt64.max
    private var lastSweep: UInt64 = 0
    private var stopBefore = UInt64.max
    private var isRunning = true

    init(context: ServerContext) throws(HTTPServerError) {
        guard let mailbox = Mailbox(), let poll = Poll() else { throw .system(operation: "eventfd", code: errno) }
        self.context = context
        self.mailbox = mailbox
        self.poll = poll
        input = .allocate(byteCount: 64 << 10, alignment: 16)
        poll.watch(mailbox.descriptor, as: Poll.mailbox)
    }

    deinit { input.deallocate() }

    /// Runs until the loop is told to stop, and then until its last task has ended.
    func start(acceptor: Acceptor?) throws(HTTPServerError) {
        self.acceptor = acceptor
        acceptor?.poll = poll
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
        siblings = []
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        // After the loop's end there is no task of ours left; a stray job finds its way.
        if !mailbox.post({ $0.jobs.append(job) }) { globalConcurrentExecutor.enqueue(ExecutorJob(job)) }
    }

    // MARK: The loop

    fileprivate func run() {
        acceptor?.listen()
        while isRunning {
            turn()
            if isDraining, connections.isEmpty || now >= stopBefore { tearDown() }
        }
        siblings = []
        ended.open()
        // The tasks that did not finish in time have been cancelled; what is left of them still runs here, and first what came
        // with the last mail.
        runJobs()
        while tasks > 0 || !mailbox.closeIfEmpty() {
            poll.wait(milliseconds: mailbox.fallAsleep() ? -1 : 0)
            collect()
            discardArrivals()
            runJobs()
        }
    }

    private func turn() {
        let mayWait = goingOn.isEmpty && mailbox.fallAsleep()
        poll.wait(milliseconds: mayWait ? pollTimeout : 0)
        now = monotonicNow()

        collect()
        for arrival in work.arrivals { adopt(arrival) }
        work.arrivals.removeAll(keepingCapacity: true)
        for index in 0..<poll.count {
            if let connection = poll.connection(at: index) { connection.changed(poll.changes(at: index)) }
        }
        runJobs()
        answerWaiting()
        goOn()
        if poll.hasArrivals { acceptor?.accept(at: now) }
        if now >= nextSweep { sweep() }
        gone.removeAll(keepingCapacity: true)
    }

    private var pollTimeout: Int32 {
        let wakeUp = min(nextSweep, stopBefore)
        guard wakeUp != .max else { return -1 }
        return wakeUp > now ? Int32(clamping: (wakeUp - now + 999_999) / 1_000_000) : 0
    }

    private func collect() {
        mailbox.collect(into: &work, wasWoken: poll.wasWoken)
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

    private func answerWaiting() {
        guard !answered.isEmpty else { return }
        for connection in answered { connection.handled() }
        answered.removeAll(keepingCapacity: true)
    }

    private func goOn() {
        guard !goingOn.isEmpty else { return }
        // What they leave for later waits for the next turn.
        var connections: [Connection] = []
        swap(&connections, &goingOn)
        for connection in connections { connection.goOn() }
    }

    // MARK: Connections

    /// Takes a socket that was accepted.
    func adopt(_ arrival: Arrival) {
        guard isRunning, !isDraining || stopBefore > now else { return arrival.discard(context) }
        switch arrival.place {
        case .counted: begin(arrival, isReserved: false)
        case .inReserve: begin(arrival, isReserved: true)
        case .instead(let client, let loopsLeft):
            if let other = waiting.dispensable(of: client, inReserve: false) {
                other.close()
                // What has just become free may be gone again; then the next one has to go.
                var arrival = arrival
                arrival.place = context.admission.place(for: arrival.client, loops: loopsLeft)
                return adopt(arrival)
            }
            var arrival = arrival
            guard loopsLeft > 1, let index = siblings.firstIndex(where: { $0 === self }) else {
                return adoptInReserve(arrival)
            }
            arrival.place = .instead(client, loopsLeft: loopsLeft - 1)
            siblings[(index + 1) % siblings.count].hand(arrival)
        }
    }

    /// From any thread.
    func hand(_ arrival: Arrival) {
        if !mailbox.post({ $0.arrivals.append(arrival) }) { arrival.discard(context) }
    }

    private func adoptInReserve(_ arrival: Arrival) {
        if !context.admission.admitToReserve() {
            // Who asks how the server is asks at once; the oldest there has had its time.
            guard let other = waiting.dispensable(of: nil, inReserve: true) else { return arrival.turnAway(context) }
            other.close()
            guard context.admission.admitToReserve() else { return arrival.turnAway(context) }
        }
        var arrival = arrival
        arrival.place = .inReserve
        begin(arrival, isReserved: true)
    }

    private func begin(_ arrival: Arrival, isReserved: Bool) {
        let connection = Connection(loop: self, arrival, isReserved: isReserved)
        connection.index = connections.count
        connections.append(connection)
        connection.begin()
        guard poll.watch(connection) else { return connection.close() }
        if isDraining, connection.isIdle { connection.close() }
    }

    func connectionEnded(_ connection: Connection) {
        waiting.remove(connection)
        connections.swapAt(connection.index, connections.count - 1)
        connections[connection.index].index = connection.index
        connections.removeLast()
        gone.append(connection)
        context.admission.end(connection.client, isReserved: connection.isReserved)
    }

    func taskBegan() { tasks += 1 }
    func taskEnded() { tasks -= 1 }

    /// Its handler has finished.
    func answerSoon(_ connection: Connection) { answered.append(connection) }

    /// It has more to do than others should wait for.
    func goOnSoon(_ connection: Connection) {
        guard !connection.goesOnSoon else { return }
        connection.goesOnSoon = true
        goingOn.append(connection)
    }

    /// A client has not taken all of its answer at once. When there are too many of these, those who are furthest behind the
    /// pace are cut off.
    func holds(_ count: Int, for connection: Connection) {
        heldAnswers += count
        while heldAnswers > context.answersPerLoop {
            var slowest: (connection: Connection, debt: Int)?
            for other in connections where other !== connection {
                guard let outgoing = other.outgoing else { continue }
                let age = Int(clamping: (now - outgoing.began) / 1_000_000)
                let debt = age * context.configuration.sendPace / 1_000 - outgoing.sent
                if debt > slowest?.debt ?? .min { slowest = (other, debt) }
            }
            guard let slowest else { return }
            slowest.connection.close()
        }
    }

    // MARK: Time and the end

    /// Somebody's time is over then.
    func sweep(by deadline: UInt64) {
        nextSweep = min(nextSweep, max(deadline, lastSweep + context.configuration.sweepInterval))
    }

    private func sweep() {
        lastSweep = now
        nextSweep = .max
        var index = 0
        while index < connections.count {
            let connection = connections[index]
            if connection.deadline <= now { connection.cutOff() }
            // A connection that was ended has left its place to another.
            guard index < connections.count, connections[index] === connection else { continue }
            if connection.deadline != .max { sweep(by: connection.deadline) }
            index += 1
        }
        acceptor?.sweep(at: now)
    }

    private func drain(until stop: UInt64) {
        isDraining = true
        stopBefore = stop
        acceptor?.close(at: now)
        acceptor = nil
        deaf.open()
        for connection in connections where connection.isIdle { connection.close() }
    }

    /// Cuts what is left.
    private func tearDown() {
        for connection in connections { connection.close() }
        isRunning = false
        collect()
        discardArrivals()
        answered.removeAll()
        goingOn.removeAll()
        gone.removeAll()
    }

    /// A loop that has not ended yet may still hand some over.
    private func discardArrivals() {
        for arrival in work.arrivals { arrival.discard(context) }
        work.arrivals.removeAll()
    }
}

private func runLoop(_ raw: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let raw else { return nil }
    pthread_setname_np(pthread_self(), "http-loop")
    Unmanaged<EventLoop>.fromOpaque(raw).takeRetainedValue().run()
    return nil
}
