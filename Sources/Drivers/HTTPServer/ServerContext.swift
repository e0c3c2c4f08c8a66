internal import Glibc
internal import Synchronization

/// What all loops of a server share.
final class ServerContext: Sendable {
    let configuration: HTTPServerConfiguration
    let router: HTTPRouter
    let refusal: @Sendable (HTTPRefusal) -> HTTPResponse
    let refuses: HTTPServer.Refuses?
    let observe: (@Sendable (HTTPExchange) -> Void)?
    let log: @Sendable (String) -> Void
    let admission: Admission
    /// What clients have sent of requests that are being read or handled.
    let input: Budget
    private let waiting = Atomic(0)

    init(
        configuration: HTTPServerConfiguration, router: HTTPRouter,
        refusal: @escaping @Sendable (HTTPRefusal) -> HTTPResponse,
        refuses: HTTPServer.Refuses?, observe: (@Sendable (HTTPExchange) -> Void)?,
        log: @escaping @Sendable (String) -> Void
    ) {
        self.configuration = configuration
        self.router = router
        self.refusal = refusal
        self.refuses = refuses
        self.observe = observe
        self.log = log
        var files = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files)
        admission = Admission(
            maximum: max(1, min(configuration.maximumConnections, Int(clamping: files.rlim_cur) / 4)))
        input = Budget(configuration.bodyMemory)
    }

    /// Bytes of answers that one loop may hold for clients that are slow to take them.
    var answersPerLoop: Int { configuration.answerMemory / max(1, configuration.loops) }

    var waitingRequests: Int { waiting.load(ordering: .relaxed) }

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

    func tooManyWaiting(to headers: HTTPHeaders?) -> HTTPResponse {
        refusal(HTTPRefusal(503, "\(configuration.maximumWaiting) requests are waiting", to: headers))
    }
}
