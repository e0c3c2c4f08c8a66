package import ConnectionThreads
internal import Deadlines
package import HTTPServer
package import Telemetry

/// The routes of one service: handlers that throw, and one place where what they throw becomes a problem document.
package struct API: Sendable {
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

    /// `isAlwaysTaken`: also when too many requests are waiting; has no deadline.
    package mutating func get(_ pattern: String, isAlwaysTaken: Bool = false, _ handler: @escaping Handler) {
        on("GET", pattern, maximumBody: nil, isAlwaysTaken: isAlwaysTaken, handler)
    }

    package mutating func post(_ pattern: String, maximumBody: Int? = nil, _ handler: @escaping Handler) {
        on("POST", pattern, maximumBody: maximumBody, handler)
    }

    package mutating func put(_ pattern: String, _ handler: @escaping Handler) {
        on("PUT", pattern, maximumBody: nil, handler)
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

    private mutating func on(
        _ method: String, _ pattern: String, maximumBody: Int?, isAlwaysTaken: Bool = false,
        _ handler: @escaping Handler
    ) {
        router.on(method, pattern, maximumBody: maximumBody, isAlwaysTaken: isAlwaysTaken) {
            [logger, problem, trouble] request in
            do {
                if isAlwaysTaken { return try await handler(request) }
                // Refused before it holds anything elsewhere, such as an order's stock, that could only be given back.
                if method != "GET", let trouble = trouble() { throw Problem.databaseTrouble(trouble) }
                return try await RequestDeadline.$current.withValue(.now + Self.deadline) {
                    try await handler(request)
                }
            } catch let error as Problem {
                return error.response()
            } catch {
                if let problem = problem(error) {
                    logger.warning(
                        "a request was refused", ["method": method, "route": pattern, "error": "\(error)"])
                    return problem.response()
                }
                logger.error(
                    "a request failed unexpectedly", ["method": method, "route": pattern, "error": "\(error)"])
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
