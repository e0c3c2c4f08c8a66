internal import CCurl
internal import CLinux
internal import EventLoops
internal import Glibc

/// The calls of one client on one event loop, driven by libcurl's multi handle, which says what to watch and when to wake it.
///
/// `@unchecked Sendable`: all that changes belongs to the loop's thread. Others only post to the loop.
final class Transfers: LoopPart, @unchecked Sendable {
    struct Limits: Sendable {
        var maximumResponse: Int
        var connectionsPerHost: Int
        var log: @Sendable (String) -> Void
    }

    /// Handles that are kept for other calls.
    private static let mostIdle = 16
    /// Nanoseconds between a failure of libcurl's, of want of memory as a rule, and the next try.
    private static let pause: UInt64 = 100_000_000
    /// libcurl asks for it once per process, before anything else.
    private static let isReady = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK

    let loop: EventLoop
    private let limits: Limits
    private let multi: UnsafeMutableRawPointer
    /// The loop is there for this client alone, and ends with it.
    private let isAlone: Bool
    private var active: [Handle] = []
    private var idle: [Handle] = []
    private var watches: [Watch] = []
    /// When libcurl wants its turn, in nanoseconds of the monotonic clock.
    private var curlTurn = UInt64.max
    /// No call's deadline is before it.
    private var nextDeadline = UInt64.max
    private var isClosed = false

    private init?(on loop: EventLoop, isAlone: Bool, _ limits: Limits) {
        guard Self.isReady, let multi = curl_multi_init() else { return nil }
        self.loop = loop
        self.isAlone = isAlone
        self.limits = limits
        self.multi = multi
        shim_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, limits.connectionsPerHost)
        // By default it keeps four times as many as there are calls at the moment: after a burst nearly none.
        shim_multi_set_long(multi, CURLMOPT_MAXCONNECTS, max(limits.connectionsPerHost * 4, 64))
        let context = Unmanaged.passUnretained(self).toOpaque()
        shim_multi_set_pointer(multi, CURLMOPT_SOCKETDATA, context)
        shim_multi_set_socket_callback(multi, CURLMOPT_SOCKETFUNCTION, watchSocket)
        shim_multi_set_pointer(multi, CURLMOPT_TIMERDATA, context)
        shim_multi_set_timer_callback(multi, CURLMOPT_TIMERFUNCTION, setTurn)
    }

    /// On the loop's thread. nil: there is no memory.
    static func make(on loop: EventLoop, _ limits: Limits) -> Transfers? {
        guard let transfers = Transfers(on: loop, isAlone: false, limits) else { return nil }
        loop.add(transfers)
        return transfers
    }

    /// On a loop of its own. nil: there is no thread, or no memory.
    static func makeAlone(_ limits: Limits) -> Transfers? {
        guard let loop = EventLoop(), let transfers = Transfers(on: loop, isAlone: true, limits) else { return nil }
        guard loop.start("http-client", carrying: transfers) == 0 else {
            transfers.end()
            return nil
        }
        return transfers
    }

    // MARK: From any thread

    func begin(_ transfer: Transfer) {
        if loop.isCurrent {
            start(transfer)
        } else if !loop.post({ self.start(transfer) }) {
            transfer.finish(transfer.failure(Transfer.clientClosed))
        }
    }

    func cancel(_ transfer: Transfer) {
        _ = loop.post { self.end(transfer, "the call was cancelled") }
    }

    /// Ends everything, then calls `ended`, on whatever thread.
    func close(_ ended: @escaping @Sendable () -> Void) {
        let isTaken = loop.post {
            self.end()
            ended()
        }
        // The loop has ended everything as it ended.
        if !isTaken { ended() }
    }

    // MARK: On the loop's thread

    var isBusy: Bool { !active.isEmpty || isAlone && !isClosed }
    var nextTurn: UInt64 { min(curlTurn, nextDeadline) }

    func turn() {
        if curlTurn <= loop.now {
            curlTurn = .max
            act(CURL_SOCKET_TIMEOUT, 0)
            guard !isClosed else { return }
            if curlTurn == .max {
                // It tells only of changes; what is left of the time that it told before is for us to ask.
                var milliseconds = 0
                curl_multi_timeout(multi, &milliseconds)
                setTimer(milliseconds)
            }
        }
        if nextDeadline <= loop.now { endOverdue() }
    }

    func loopEnded() { end() }

    private func start(_ transfer: Transfer) {
        guard !isClosed else { return transfer.finish(transfer.failure(Transfer.clientClosed)) }
        let left = transfer.deadline - .now
        guard left > .zero else {
            return transfer.finish(transfer.failure("the deadline passed before it could be sent"))
        }
        guard let handle = idle.popLast() ?? Handle() else {
            return transfer.finish(transfer.failure("libcurl has no memory for a call"))
        }
        handle.take(transfer, left: left)
        let code = curl_multi_add_handle(multi, handle.easy)
        guard code == CURLM_OK else {
            let outcome = transfer.failure(String(cString: curl_multi_strerror(code)))
            retire(handle)
            return transfer.finish(outcome)
        }
        handle.index = active.count
        active.append(handle)
        nextDeadline = min(nextDeadline, handle.deadline)
    }

    /// Lets libcurl do what there is to do for a socket, or for time that has passed.
    private func act(_ socket: curl_socket_t, _ events: Int32) {
        var running: Int32 = 0
        check(curl_multi_socket_action(multi, socket, events, &running))
        if Int(running) < active.count { finishEnded() }
    }

    /// Such errors are of want of memory or descriptors: they are told, and it waits before it goes on.
    private func check(_ code: CURLMcode) {
        guard code != CURLM_OK else { return }
        limits.log("libcurl: \(String(cString: curl_multi_strerror(code)))")
        curlTurn = monotonicNow() + Self.pause
    }

    private func finishEnded() {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            let code = shim_result(message)
            guard let handle = Handle.of(easy), let transfer = handle.transfer else { continue }
            if code != CURLE_OK { handle.isSpent = true }
            let outcome = transfer.outcome(code)
            release(handle)
            transfer.finish(outcome)
        }
    }

    /// Ends a call that libcurl has not; nothing where it has.
    private func end(_ transfer: Transfer, _ reason: String) {
        guard let handle = transfer.handle else { return }
        handle.isSpent = true
        let outcome = transfer.failure(reason)
        release(handle)
        transfer.finish(outcome)
    }

    /// libcurl's own time limit ends what it is sending or receiving; what still waits for a connection is ended here.
    private func endOverdue() {
        let now = monotonicNow()
        for handle in active where handle.deadline <= now {
            if let transfer = handle.transfer { end(transfer, "the deadline passed") }
        }
        nextDeadline = active.lazy.map(\.deadline).min() ?? .max
    }

    private func release(_ handle: Handle) {
        active.swapAt(handle.index, active.count - 1)
        active[handle.index].index = handle.index
        active.removeLast()
        if active.isEmpty { nextDeadline = .max }
        curl_multi_remove_handle(multi, handle.easy)
        retire(handle)
    }

    private func retire(_ handle: Handle) {
        handle.letGo()
        if !handle.isSpent, idle.count < Self.mostIdle { idle.append(handle) }
    }

    private func end() {
        guard !isClosed else { return }
        for handle in active {
            if let transfer = handle.transfer { end(transfer, "the client was closed") }
        }
        isClosed = true
        idle = []
        curl_multi_cleanup(multi)
        for watch in watches { loop.watchNoMore(watch) }
        watches = []
        curlTurn = .max
        loop.remove(self)
    }

    // MARK: What libcurl asks for

    /// `wanted`: `CURL_POLL_IN` and its like.
    fileprivate func watch(_ socket: curl_socket_t, for wanted: Int32) {
        let index = watches.firstIndex { $0.descriptor == socket }
        guard wanted != CURL_POLL_REMOVE else {
            if let index { loop.watchNoMore(watches.remove(at: index)) }
            return
        }
        var events: UInt32 = 0
        if wanted & CURL_POLL_IN != 0 { events |= EPOLLIN.rawValue }
        if wanted & CURL_POLL_OUT != 0 { events |= EPOLLOUT.rawValue }
        let isWatched: Bool
        if let index {
            isWatched = loop.watch(watches[index], for: events)
        } else {
            let watch = Watch(socket, for: events) { [unowned self] in changed(socket, $0) }
            watches.append(watch)
            isWatched = loop.watch(watch)
        }
        if !isWatched { limits.log("a connection can't be watched: \(String(cString: strerror(errno)))") }
    }

    /// An error or an end that comes alone libcurl finds by itself.
    private func changed(_ socket: curl_socket_t, _ events: UInt32) {
        var what: Int32 = 0
        if events & EPOLLIN.rawValue != 0 { what |= CURL_CSELECT_IN }
        if events & EPOLLOUT.rawValue != 0 { what |= CURL_CSELECT_OUT }
        act(socket, what)
    }

    /// `milliseconds`: −1 is never.
    fileprivate func setTimer(_ milliseconds: Int) {
        switch milliseconds {
        case ..<0: curlTurn = .max
        case 0: curlTurn = 0
        // Woken too early, it would have nothing to do.
        default: curlTurn = monotonicNow() + (UInt64(milliseconds) + 1) * 1_000_000
        }
    }
}

private func watchSocket(
    _: UnsafeMutableRawPointer?, _ socket: curl_socket_t, _ wanted: Int32, _ context: UnsafeMutableRawPointer?,
    _: UnsafeMutableRawPointer?
) -> Int32 {
    guard let context else { return 0 }
    Unmanaged<Transfers>.fromOpaque(context).takeUnretainedValue().watch(socket, for: wanted)
    return 0
}

private func setTurn(
    _: UnsafeMutableRawPointer?, _ milliseconds: Int, _ context: UnsafeMutableRawPointer?
) -> Int32 {
    guard let context else { return 0 }
    Unmanaged<Transfers>.fromOpaque(context).takeUnretainedValue().setTimer(milliseconds)
    return 0
}
