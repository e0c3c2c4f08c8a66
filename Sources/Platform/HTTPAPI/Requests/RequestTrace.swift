internal import HTTPServer
internal import Synchronization
internal import Telemetry
internal import Tracing

/// The trace of a request: its caller's, or a new one. It is looked for when it is first asked for.
final class RequestTrace: Sendable {
    private struct Found {
        var caller: TraceContext?
        var context: TraceContext
    }

    private let request: HTTPRequest
    private let tracer: Tracer
    private let found = Mutex<Found?>(nil)

    init(_ request: HTTPRequest, _ tracer: Tracer = .off) {
        self.request = request
        self.tracer = tracer
    }

    /// The same at each call.
    var context: TraceContext { look().context }

    /// The span of the request itself; nil where its trace is not recorded.
    func begin(_ operation: Operation) -> OpenSpan? {
        // Probes and scrapes come every few seconds, and nobody follows them.
        guard !operation.isAlwaysTaken else { return nil }
        guard tracer.isOn else { return nil }
        let found = look()
        let name = "\(operation.method.rawValue) \(operation.pattern)"
        guard var span = tracer.begin(name, .server, as: found.context, below: found.caller) else { return nil }
        span.set("http.request.method", operation.method.rawValue)
        span.set("http.route", operation.pattern)
        return span
    }

    private func look() -> Found {
        found.withLock { found in
            if let found { return found }
            let caller = TraceContext(request.headers)
            let new = Found(caller: caller, context: tracer.context(continuing: caller))
            found = new
            return new
        }
    }
}
