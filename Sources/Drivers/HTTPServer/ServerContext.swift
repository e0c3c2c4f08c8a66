import CMicroHTTPD
import Glibc
import Synchronization

/// What all loops of a server share.
final class ServerContext: Sendable {
    let configuration: HTTPServerConfiguration
    let router: HTTPRouter
    let refusal: @Sendable (_ status: Int, _ detail: String, _ allow: [String]) -> HTTPResponse
    let observe: (@Sendable (HTTPExchange) -> Void)?
    let log: @Sendable (String) -> Void
    let maximumConnections: Int
    private let connections = Atomic(0)
    private let waiting = Atomic(0)

    init(
        configuration: HTTPServerConfiguration, router: HTTPRouter,
        refusal: @escaping @Sendable (_ status: Int, _ detail: String, _ allow: [String]) -> HTTPResponse,
        observe: (@Sendable (HTTPExchange) -> Void)?, log: @escaping @Sendable (String) -> Void
    ) {
        self.configuration = configuration
        self.router = router
        self.refusal = refusal
        self.observe = observe
        self.log = log
        var files = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files)
        maximumConnections = max(1, min(configuration.maximumConnections, Int(clamping: files.rlim_cur) / 4))
    }

    var openConnections: Int { connections.load(ordering: .relaxed) }

    /// Counts one more connection, unless there are as many as there may be.
    func admitConnection() -> Bool {
        let (count, _) = connections.add(1, ordering: .relaxed)
        if count >= maximumConnections {
            connections.subtract(1, ordering: .relaxed)
            return false
        }
        return true
    }

    var isFull: Bool { waiting.load(ordering: .relaxed) >= configuration.maximumWaiting }

    /// Counts one more request that is with its handler, unless there are as many as there may be.
    func admitRequest() -> Bool {
        let (count, _) = waiting.add(1, ordering: .relaxed)
        if count >= configuration.maximumWaiting {
            waiting.subtract(1, ordering: .relaxed)
            return false
        }
        return true
    }

    func requestHandled() {
        waiting.subtract(1, ordering: .relaxed)
    }

    func tooManyWaiting() -> HTTPResponse {
        refusal(503, "\(configuration.maximumWaiting) requests are waiting", [])
    }

    func connectionEnded() {
        connections.subtract(1, ordering: .relaxed)
    }
}

/// Nanoseconds of the monotonic clock.
func monotonicNow() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
