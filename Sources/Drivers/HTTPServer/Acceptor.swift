internal import CLinux
internal import EventLoops
internal import Glibc

/// Takes connections from the listening socket and deals them out to the loops in turn; it lives on the first loop.
///
/// A connection over the limit is taken all the same: another one may be spared for it, and if none can, its client learns at
/// once that it should try elsewhere or later, where it otherwise would hang until some other client leaves.
final class Acceptor {
    /// Accepted in one go, before the loop's connections have their turn.
    private static let burst = 128

    private let context: ServerContext
    private let listener: Int32
    private let loops: [ServerLoop]
    private var next = 0
    private var watch: Watch?
    private var hasArrivals = false
    /// Without a free file descriptor a listening socket stays readable: it is left alone for a while.
    private var pausedUntil: UInt64?
    private var hasReportedPause = false

    init(context: ServerContext, listener: Int32, loops: [ServerLoop]) {
        self.context = context
        self.listener = listener
        self.loops = loops
        // Accepted sockets inherit it. A Unix socket has no such delay.
        var one: Int32 = 1
        setsockopt(listener, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    }

    /// `thread` is the first loop's.
    func listen(on thread: EventLoop) {
        let watch = Watch(listener, for: EPOLLIN.rawValue) { [unowned self] _ in hasArrivals = true }
        self.watch = watch
        guard !thread.watch(watch) else { return }
        context.log("HTTP: no connection can be accepted: \(String(cString: strerror(errno)))")
    }

    /// After the connections of the loop have had their turn.
    func acceptWaiting(at now: UInt64) {
        guard hasArrivals else { return }
        hasArrivals = false
        accept(at: now)
    }

    private func accept(at now: UInt64) {
        for _ in 0..<Self.burst {
            var address = sockaddr_storage()
            let socket = withUnsafeMutablePointer(to: &address) { address in
                address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
                    return accept4(
                        listener, address, &length, Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue))
                }
            }
            guard socket >= 0 else {
                if errno == ECONNABORTED || errno == EINTR { continue }
                if errno != EAGAIN { pause(because: errno, at: now) }
                return
            }
            if hasReportedPause { resumed() }
            let peer = ClientAddress(address)
            var arrival = Arrival(socket: socket, peer: peer, isFromProxy: isProxy(peer), place: .counted)
            arrival.place = context.admission.place(for: arrival.client, loops: loops.count)
            let loop = loops[next]
            next = (next + 1) % loops.count
            if loop === loops[0] { loop.adopt(arrival) } else { loop.hand(arrival) }
        }
    }

    private func isProxy(_ peer: ClientAddress?) -> Bool {
        guard let peer else { return false }
        return context.configuration.trustedProxies.contains { $0.contains(peer) }
    }

    func sweep(at now: UInt64) {
        guard let pausedUntil else { return }
        guard pausedUntil <= now else { return loops[0].sweep(by: pausedUntil) }
        self.pausedUntil = nil
        listen(on: loops[0].thread)
    }

    /// Takes what the backlog still holds, for those clients believe they are connected, and listens no more.
    func close(at now: UInt64) {
        accept(at: now)
        watchNoMore()
        // A child that is just being started has it, too, and would go on listening.
        shutdown(listener, Int32(SHUT_RDWR))
        Glibc.close(listener)
    }

    private func pause(because code: Int32, at now: UInt64) {
        guard pausedUntil == nil else { return }
        watchNoMore()
        pausedUntil = now + 200_000_000
        loops[0].sweep(by: now + 200_000_000)
        guard !hasReportedPause else { return }
        hasReportedPause = true
        context.log("HTTP: no connection can be accepted: \(String(cString: strerror(code)))")
    }

    private func watchNoMore() {
        if let watch { loops[0].thread.watchNoMore(watch) }
        watch = nil
    }

    private func resumed() {
        hasReportedPause = false
        context.log("HTTP: connections are accepted again")
    }
}
