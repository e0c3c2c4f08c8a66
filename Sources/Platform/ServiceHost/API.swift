package import ConnectionThreads
internal import Deadlines
package import HTTPServer
package import Telemetry

/// The routes of one service: handlers that throw, and one place where a request's query is checked against what its route
/// declares, and where what a handler throws becomes a problem document.
package struct API: Sendable {
    /// A route as it was declared.
    package struct Route: Sendable {
        package var method: String
        package var pattern: String
        package var query: [QueryParameter]
    }

    package private(set) var routes: [Route] = []
    package private(set) var router = HTTPRouter()
    private let logger: Logger
    /// Turns the errors of a service's domain and storage into problems; nil: an unexpected one, a 500.
    private let problem: @Sendable (any Error) -> Problem?
    /// Why the service's database takes no writes now.
    private let trouble: @Sendable () -> DatabaseCondition.Trouble?

    /// What a caller waits at most, once its request has come as a whole. Longer than a lock of a stalled transaction is held (3 s).
    package static let deadline: Duration = .seconds(5)

    package init(
        logger: Logger, trouble: @escaping @Sendable () -> DatabaseCondition.Trouble? = { nil },
        problem: @escaping @Sendable (any Error) -> Problem?
    ) {
        self.logger = logger
        self.trouble = trouble
        self.problem = problem
    }

    package typealias Handler = @Sendable (HTTPRequest) async throws -> HTTPResponse
    package typealias QueryHandler = @Sendable (HTTPRequest, QueryValues) async throws -> HTTPResponse

    /// Of a body or an answer of more bytes than this the reading and writing takes long enough to be done beside the loop.
    private static let longBody = 16 << 10

    /// `isAlwaysTaken`: also when too many requests are waiting; has no deadline.
    package mutating func get(_ pattern: String, isAlwaysTaken: Bool = false, _ handler: @escaping Handler) {
        on(Route(method: "GET", pattern: pattern, query: []), isAlwaysTaken: isAlwaysTaken) { request, _ in
            try await handler(request)
        }
    }

    package mutating func get(_ pattern: String, query: [QueryParameter], _ handler: @escaping QueryHandler) {
        on(Route(method: "GET", pattern: pattern, query: query), handler)
    }

    package mutating func post(_ pattern: String, maximumBody: Int? = nil, _ handler: @escaping Handler) {
        on(Route(method: "POST", pattern: pattern, query: []), maximumBody: maximumBody) { request, _ in
            try await handler(request)
        }
    }

    package mutating func put(_ pattern: String, _ handler: @escaping Handler) {
        on(Route(method: "PUT", pattern: pattern, query: [])) { request, _ in try await handler(request) }
    }

    /// What this API has no more.
    mutating func refuse(_ method: String, _ pattern: String, with problem: Problem) {
        router.on(method, pattern) { _ in problem.response() }
    }

    /// The same for those alone who show the token.
    func requiring(_ token: DoorToken) -> API {
        var api = self
        api.router = router.mapHandlers { handler in
            { request in token.isShown(by: request) ? await handler(request) : Problem.tokenMissing.response() }
        }
        return api
    }

    /// The same for requests that keep the rules.
    func keeping(_ rules: RequestRules) -> API {
        var api = self
        api.router = router.mapHandlers { handler in
            { request in
                do throws(Problem) {
                    try rules.check(request)
                } catch {
                    return error.response()
                }
                return await handler(request)
            }
        }
        return api
    }

    private mutating func on(
        _ route: Route, maximumBody: Int? = nil, isAlwaysTaken: Bool = false, _ handler: @escaping QueryHandler
    ) {
        routes.append(route)
        router.on(route.method, route.pattern, maximumBody: maximumBody, isAlwaysTaken: isAlwaysTaken) {
            [logger, problem, trouble] request in
            do {
                let query = try QueryValues(request.query, route.query, of: "\(route.method) \(route.pattern)")
                if isAlwaysTaken { return try await handler(request, query) }
                // Refused before it holds anything elsewhere, such as an order's stock, that could only be given back.
                if route.method != "GET", let trouble = trouble() { throw Problem.databaseTrouble(trouble) }
                return try await RequestDeadline.$current.withValue(.now + Self.deadline) {
                    guard request.body.count > Self.longBody else { return try await handler(request, query) }
                    return try await besideTheLoop { try await handler(request, query) }
                }
            } catch let error as Problem {
                return error.response()
            } catch {
                if let problem = problem(error) {
                    logger.warning(
                        "a request was refused",
                        ["method": route.method, "route": route.pattern, "error": "\(error)"])
                    return problem.response()
                }
                logger.error(
                    "a request failed unexpectedly",
                    ["method": route.method, "route": route.pattern, "error": "\(error)"])
                return Problem(500, detail: "This should not happen. The service's log says more.").response()
            }
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
