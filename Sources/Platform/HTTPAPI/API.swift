package import ConnectionThreads
internal import Deadlines
package import HTTPServer
internal import SharedWork
package import Telemetry
package import Tracing

/// The routes of one door of a service: a handler for each operation of its description, and one place where a request's
/// query is checked against what its operation declares, and where what a handler throws becomes a problem document.
package struct API: Sendable {
    package let description: APIDescription
    package private(set) var router = HTTPRouter()
    /// The patterns of what browsers are shown, which links elsewhere may lead to.
    package private(set) var pages: Set<String> = []
    private var handled: Set<String> = []
    private let cursors: Cursors
    private let writes: WriteLog
    private let tracer: Tracer
    /// What callers have to show; nil: nobody is asked.
    private let keys: (any KeyRing)?
    /// Turns the errors of a service's domain and storage into problems; nil: an unexpected one, a 500.
    private let problem: @Sendable (any Error) -> Problem?
    /// By the name of an operation: who counts what it was refused for.
    private var refused: [String: Refused] = [:]
    /// Why the service's database takes no writes now.
    private let trouble: @Sendable () -> DatabaseCondition.Trouble?

    /// What a caller waits at most, once its request has come as a whole. Longer than a lock of a stalled transaction is held (3 s).
    package static let deadline: Duration = .seconds(5)

    /// - Parameter cursors: those of the service's lists
    package init(
        _ description: APIDescription, logger: Logger, keys: (any KeyRing)? = nil,
        cursors: Cursors = .ofThisProcess(), tracer: Tracer = .off,
        trouble: @escaping @Sendable () -> DatabaseCondition.Trouble? = { nil },
        problem: @escaping @Sendable (any Error) -> Problem?
    ) {
        self.description = description
        writes = WriteLog(logger)
        self.keys = keys
        self.cursors = cursors
        self.tracer = tracer
        self.trouble = trouble
        self.problem = problem
    }

    package typealias Handler = @Sendable (Call) async throws -> HTTPResponse

    /// Hears of each request to an operation that got a problem for an answer, wherever that was found. `problem`: nil where its status says
    /// it all.
    package typealias Refused = @Sendable (_ status: Int, _ problem: ProblemType?) -> Void

    /// Of a body or an answer of more bytes than this the reading and writing takes long enough to be done beside the loop.
    private static let longBody = 16 << 10

    /// Operations that have no handler yet: none when the door opens.
    package var unhandled: [String] { description.operations.map(\.name).filter { !handled.contains($0) } }

    /// What this API has no more. It stands in no description.
    package mutating func refuse(_ method: String, _ pattern: String, with problem: Problem) {
        router.on(method, pattern, isOffered: false) { request in problem.response(trace: request.trace.traceID) }
    }

    /// What browsers are shown, the same for everybody: a page, or what belongs to it. It stands in no description.
    package mutating func show(_ pattern: String, _ answer: ConstantAnswer) {
        pages.insert(pattern)
        router.on("GET", pattern) { request in
            var response = answer.response(for: request)
            response.headers.append((Problem.requestID, request.trace.traceID))
            return response
        }
    }

    /// The same for requests that pass a check, which throws what the others are answered.
    package func checking(_ check: @escaping @Sendable (HTTPRequest) throws(Problem) -> Void) -> API {
        receiving { request throws(Problem) in
            try check(request)
            return request
        }
    }

    /// The same for requests that are looked at, and changed, first; what is thrown is the answer.
    package func receiving(_ change: @escaping @Sendable (HTTPRequest) throws(Problem) -> HTTPRequest) -> API {
        var api = self
        api.router = router.mapHandlers { handler in
            { request in
                do throws(Problem) {
                    return await handler(try change(request))
                } catch {
                    let trace = request.trace.traceID
                    note(
                        refused: request.method, request.route, error.status, error.type, trace: trace, request.client)
                    return error.response(trace: trace)
                }
            }
        }
        return api
    }

    /// A request that no handler was asked for has got its answer.
    package func note(unhandled exchange: HTTPExchange) {
        guard let answer = exchange.unhandled, answer.status >= 400 else { return }
        note(
            refused: exchange.method, exchange.route, answer.status, answer.status == 503 ? .tooManyWaiting : nil,
            trace: answer.headers.first { $0.name == Problem.requestID }?.value, exchange.client,
            took: .nanoseconds(Int64(clamping: exchange.nanoseconds)))
    }

    private func note(
        refused method: String, _ route: String?, _ status: Int, _ problem: ProblemType?, trace: String?,
        _ client: ClientAddress?, took duration: Duration? = nil
    ) {
        writes.refused(method, route, status: status, traceID: trace, client: client, took: duration)
        if let route { refused["\(method) \(route)"]?(status, problem) }
    }

    /// Adds the handler of an operation that the description has. Another operation, or a second handler, is a mistake in
    /// the program and traps.
    package mutating func on(_ operation: Operation, refused: Refused? = nil, _ handler: @escaping Handler) {
        precondition(
            description.operations.contains { $0.id == operation.id }, "\(operation.name) is in no description")
        precondition(handled.insert(operation.name).inserted, "\(operation.name) has a second handler")
        self.refused[operation.name] = refused
        router.on(
            operation.method.rawValue, operation.pattern, maximumBody: operation.maximumBody,
            isAlwaysTaken: operation.isAlwaysTaken
        ) { [self] request in
            let trace = RequestTrace(request, tracer)
            return await Compression.compressed(await response(to: request, trace, operation, handler), for: request)
        }
    }

    func response(
        to request: HTTPRequest, _ trace: RequestTrace, _ operation: Operation, _ handler: Handler
    ) async -> HTTPResponse {
        let start = ContinuousClock.now
        var caller: Caller?
        guard var span = trace.begin(operation) else {
            let response = await response(to: request, trace, from: &caller, since: start, operation, handler)
            writes.note(operation, status: response.status, caller: caller, trace: trace, since: start)
            return response
        }
        let response = await FollowedRequest.$follower.withValue(FollowedTrace(span.context, tracer)) {
            await self.response(to: request, trace, from: &caller, since: start, operation, handler)
        }
        writes.note(operation, status: response.status, caller: caller, trace: trace, since: start)
        span.set("http.response.status_code", response.status)
        span.end(failure: response.status >= 500 ? HTTPStatus.phrase(response.status) : nil)
        return response
    }

    /// `caller`: who it turns out to be.
    private func response(
        to request: HTTPRequest, _ trace: RequestTrace, from caller: inout Caller?,
        since start: ContinuousClock.Instant, _ operation: Operation, _ handler: Handler
    ) async -> HTTPResponse {
        do {
            // First, so that a stranger learns nothing of what is there.
            try keys?.check(request.headers, for: operation.access, from: &caller)
            let query = try QueryValues(request.query, operation.query, of: operation.name)
            var response = try await answer(
                Call(
                    request, query, trace, caller: caller, cursors: cursors, members: operation.body?.members),
                operation, handler)
            response.headers.append((Problem.requestID, trace.context.traceID))
            return response
        } catch let problem as Problem {
            // Who asks whether a service is ready asks every second, and the log has why it is not.
            if problem.status >= 500, !operation.isAlwaysTaken {
                writes.failed(
                    operation, status: problem.status, caller: caller, trace: trace.context, since: start,
                    error: problem.detail ?? problem.title)
            }
            refused[operation.name]?(problem.status, problem.type)
            return problem.response(trace: trace.context.traceID)
        } catch {
            // What is no problem yet.
            let problem =
                self.problem(error)
                ?? Problem(500, detail: "This should not happen. The service's log says more, under the trace_id.")
            writes.failed(
                operation, status: problem.status, caller: caller, trace: trace.context, since: start, error: "\(error)"
            )
            refused[operation.name]?(problem.status, problem.type)
            return problem.response(trace: trace.context.traceID)
        }
    }

    private func answer(_ call: Call, _ operation: Operation, _ handler: Handler) async throws -> HTTPResponse {
        if operation.isAlwaysTaken { return try await handler(call) }
        // Refused before it holds anything elsewhere, such as an order's stock, that could only be given back.
        // A table that somebody locks is no reason: who needs it is refused where it is waited for.
        if operation.method != .get, let trouble = trouble(), !trouble.isPartial {
            throw Problem.databaseTrouble(trouble)
        }
        return try await RequestDeadline.$current.withValue(.now + Self.deadline) {
            guard call.request.body.count > Self.longBody else { return try await handler(call) }
            return try await besideTheLoop { try await handler(call) }
        }
    }
}

extension HTTPResponse {
    package static func json(
        _ body: [UInt8], status: Int = 200, headers: [(name: String, value: String)] = []
    ) -> HTTPResponse {
        HTTPResponse(status: status, headers: headers + [("content-type", "application/json")], body: body)
    }
}
