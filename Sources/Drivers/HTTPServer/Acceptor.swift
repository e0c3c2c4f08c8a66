import CMicroHTTPD
import Glibc

/// Takes connections from the listening socket and deals them out to the loops in turn; it lives on the first loop.
///
/// A connection over the limit is taken, told 503 and ended, rather than left in the backlog: its client learns at
/// once that it should try elsewhere or later, where it otherwise would hang until some other client leaves.
final class Acceptor {
    /// Refused connections stay open this long, so that a reset does not overtake the answer.
    private static let lingering: UInt64 = 500_000_000
    private static let maximumLingering = 64
    /// Accepted in one go, before the loop's connections have their turn.
    private static let burst = 128

    private let context: ServerContext
    private let listener: Int32
    private let loops: [EventLoop]
    private var next = 0
    private var refused: [(socket: Int32, closeAt: UInt64)] = []
    /// Without a free file descriptor a listening socket stays readable: it is left alone for a while.
    private var pausedUntil: UInt64 = 0
    private var hasReportedPause = false

    init(context: ServerContext, listener: Int32, loops: [EventLoop]) {
        self.context = context
        self.listener = listener
        self.loops = loops
    }

    /// What to poll; -1 while accepting is paused.
    func descriptor(at now: UInt64) -> Int32 { now < pausedUntil ? -1 : listener }

    /// Whether something waits for a sweep.
    var hasChores: Bool { pausedUntil > 0 || !refused.isEmpty }

    func accept(at now: UInt64) {
        for _ in 0..<Self.burst {
            let socket = accept4(listener, nil, nil, Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue))
            guard socket >= 0 else {
                if errno == ECONNABORTED || errno == EINTR { continue }
                if errno != EAGAIN { pause(because: errno, at: now) }
                return
            }
            if pausedUntil > 0 { resumed() }
            guard context.admitConnection() else {
                refuse(socket, at: now)
                continue
            }
            let loop = loops[next]
            next = (next + 1) % loops.count
            if next == 1 || loops.count == 1 {
                loop.adopt(socket)
            } else if !loop.mailbox.post({ $0.sockets.append(socket) }) {
                Glibc.close(socket)
                context.connectionEnded()
            }
        }
    }

    func sweep(at now: UInt64) {
        while let first = refused.first, first.closeAt <= now {
            Glibc.close(first.socket)
            refused.removeFirst()
        }
    }

    /// Takes what the backlog still holds, for those clients believe they are connected, and listens no more.
    func close(at now: UInt64) {
        accept(at: now)
        Glibc.close(listener)
        for (socket, _) in refused { Glibc.close(socket) }
        refused = []
    }

    private func refuse(_ socket: Int32, at now: UInt64) {
        let isSent = Reply.send(
            context.refusal(503, "the server has all the connections it can take", []), over: socket)
        guard isSent, refused.count < Self.maximumLingering else {
            Glibc.close(socket)
            return
        }
        shutdown(socket, Int32(SHUT_WR))
        refused.append((socket, now + Self.lingering))
    }

    private func pause(because code: Int32, at now: UInt64) {
        pausedUntil = now + 200_000_000
        guard !hasReportedPause else { return }
        hasReportedPause = true
        context.log("HTTP: no connection can be accepted: \(String(cString: strerror(code)))")
    }

    private func resumed() {
        pausedUntil = 0
        guard hasReportedPause else { return }
        hasReportedPause = false
        context.log("HTTP: connections are accepted again")
    }
}
