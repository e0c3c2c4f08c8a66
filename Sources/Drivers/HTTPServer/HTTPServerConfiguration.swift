/// Where a server listens, and its bounds. Each has a value that a service can live with.
package struct HTTPServerConfiguration: Sendable {
    /// An address or a name of this machine: "127.0.0.1", "0.0.0.0", "::1"; "::" takes IPv4 as well.
    package var host = "127.0.0.1"
    /// 0 takes a free one.
    package var port = 0
    /// Path of a Unix socket to listen on, instead of `host` and `port`; this user alone may connect. At most 107 bytes. A
    /// socket that is there is replaced, and it stays when the server stops: so the path belongs to the caller.
    package var unixSocket: String?
    /// Event loops, each with a thread of its own.
    package var loops = 1
    /// Bytes of a request's body, for routes that do not say otherwise.
    package var maximumBody = 1 << 20
    /// Bytes of request line and headers, and of a chunked body's trailers.
    package var maximumHead = 16 << 10
    /// How long a client may take to send a request's head, however steadily it sends.
    package var headTimeout: Duration = .seconds(10)
    /// How long it may take to send the body.
    package var bodyTimeout: Duration = .seconds(30)
    /// How long a connection may stay silent between requests.
    package var idleTimeout: Duration = .seconds(60)
    /// How long a client may take for an answer, and a second more for each `sendPace` bytes of it.
    package var sendTimeout: Duration = .seconds(30)
    /// Bytes a second.
    package var sendPace = 32 << 10
    /// Bytes of requests over all loops that are being read or handled, as far as they are held; what would need more is
    /// refused with 503.
    package var bodyMemory = 64 << 20
    /// Bytes of answers over all loops that clients have not taken yet. When there are more, those that take theirs slowest
    /// are cut off.
    package var answerMemory = 64 << 20
    /// Connections at one time over all loops; it is lowered to a quarter of the process's limit of open files, so
    /// that several servers and their other files fit. One address (of IPv6: one /64) has at most half of them. When a new
    /// one would be too many, the one that has waited longest for its client's next request is ended.
    package var maximumConnections = 8_000

    /// Where the PROXY protocol is understood, and its client counts as the one that connects.
    package var trustedProxies: [AddressRange] = []

    /// Requests that may be with their handlers at one time over all loops; more are refused with 503 at once. Routes
    /// that are always taken don't count.
    package var maximumWaiting = Int.max

    package init() {}

    /// How often late clients are looked for: at least once a second, and often enough for the shortest deadline.
    var sweepInterval: UInt64 {
        let shortest = min(headTimeout, bodyTimeout, idleTimeout, sendTimeout).inNanoseconds
        return min(1_000_000_000, max(10_000_000, shortest / 4))
    }
}

extension Duration {
    /// Whole nanoseconds; 0 for a negative duration, and centuries at most.
    var inNanoseconds: UInt64 {
        guard self > .zero else { return 0 }
        let (seconds, attoseconds) = components
        return UInt64(min(seconds, 1 << 33)) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }
}
