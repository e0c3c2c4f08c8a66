internal import EventLoops
internal import Glibc

/// The connections that live on one event loop.
///
/// A handler starts as soon as its request has been read, on the loop's thread, and comes back to it after every `await`.
///
/// `@unchecked Sendable`: all that changes belongs to the loop's thread. `siblings` is set before any thread starts.
final class ServerLoop: LoopPart, @unchecked Sendable {
    let context: ServerContext
    let thread: EventLoop
    /// All loops of the server.
    var siblings: [ServerLoop] = []
    /// Open when this loop takes no connections from the network any more.
    let deaf = Gate()
    let ended = Gate()
    private(set) var isDraining = false
    private(set) var connections: [Connection] = []
    var waiting = WaitingList()
    /// What is read from sockets, one after the other.
    let input: UnsafeMutableRawBufferPointer
    var responseHead = ResponseHead()
    /// Bytes of answers that clients have not taken yet.
    var heldAnswers = 0
    private var acceptor: Acceptor?
    private var answered: [Connection] = []
    private var goingOn: [Connection] = []
    private var tasks = 0
    private var nextSweep = UInt64.max
    private var lastSweep: UInt64 = 0
    private var stopBefore = UInt64.max
    private var isRunning = true

    init(context: ServerContext) throws(HTTPServerError) {
        guard let thread = EventLoop() else { throw .system(operation: "making an event loop", code: errno) }
        self.context = context
        self.thread = thread
        input = .allocate(byteCount: 64 << 10, alignment: 16)
    }

    deinit { input.deallocate() }

    /// Runs until it is told to stop, and then until its last task has ended.
    func start(acceptor: Acceptor?) throws(HTTPServerError) {
        self.acceptor = acceptor
        acceptor?.listen(on: thread)
        let code = thread.start("http-loop", carrying: self)
        guard code == 0 else { throw .system(operation: "starting a thread", code: code) }
    }

    /// For a loop whose thread never started.
    func discard() {
        acceptor = nil
        siblings = []
    }

    /// Nanoseconds of the monotonic clock when this turn of the loop began.
    var now: UInt64 { thread.now }

    // MARK: Turns

    var isBusy: Bool { isRunning || tasks > 0 }

    var nextTurn: UInt64 {
        guard isRunning else { return .max }
        if !goingOn.isEmpty || !answered.isEmpty { return 0 }
        return min(nextSweep, stopBefore)
    }

    func turn() {
        guard isRunning else { return }
        answerWaiting()
        goOn()
        acceptor?.acceptWaiting(at: now)
        if now >= nextSweep { sweep() }
        if isDraining, connections.isEmpty || now >= stopBefore { tearDown() }
    }

    func loopEnded() {}

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
        if !thread.post({ self.adopt(arrival) }) { arrival.discard(context) }
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
        let watch = Watch(connection.socket, for: Connection.changes) { connection.changed($0) }
        connection.watch = watch
        guard thread.watch(watch) else { return connection.close() }
        if isDraining, connection.isIdle { connection.close() }
    }

    func connectionEnded(_ connection: Connection) {
        waiting.remove(connection)
        connections.swapAt(connection.index, connections.count - 1)
        connections[connection.index].index = connection.index
        connections.removeLast()
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
        // Of the list as it is now: whoever is cut off may end others, whose places change.
        for connection in connections where connection.phase != .closed {
            if connection.deadline <= now { connection.cutOff() }
            if connection.phase != .closed, connection.deadline != .max { sweep(by: connection.deadline) }
        }
        acceptor?.sweep(at: now)
    }

    /// From any thread: as `HTTPServer.stop`.
    func stop(before deadline: UInt64) {
        _ = thread.post { self.drain(until: deadline) }
    }

    private func drain(until stop: UInt64) {
        isDraining = true
        stopBefore = stop
        acceptor?.close(at: now)
        acceptor = nil
        deaf.open()
        for connection in connections where connection.isIdle || connection.phase == .streaming { connection.close() }
    }

    /// Cuts what is left. Tasks that did not finish in time are cancelled; what is left of them still runs here.
    private func tearDown() {
        for connection in connections { connection.close() }
        isRunning = false
        answered.removeAll()
        goingOn.removeAll()
        siblings = []
        ended.open()
    }
}
