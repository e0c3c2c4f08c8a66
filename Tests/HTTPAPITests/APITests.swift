import ConnectionThreads
import JSON
import JSONSchema
import Synchronization
import Telemetry
import Testing

@testable import HTTPAPI
@testable import HTTPServer

/// No route is without a description, and none is described that has no handler.
@Suite struct APITests {
    private static func operation(_ pattern: String, path: [HTTPAPI.Operation.PathParameter] = []) -> HTTPAPI.Operation
    {
        HTTPAPI.Operation(
            .get, pattern, id: pattern, tag: .init("test", "For tests."), access: .open, summary: "Get it",
            description: "It is got.",
            path: path, answers: [.init("It.", .json(.anything, example: "{}"))])
    }

    private static func api(_ operations: [HTTPAPI.Operation]) -> API {
        API(
            APIDescription(title: "Test", description: "A test.", server: "Here.", operations: operations),
            logger: Logger(service: "test", level: .error, format: .text, sink: LogSink(descriptor: -1)),
            problem: { _ in nil })
    }

    @Test func whatHasNoHandlerIsKnown() {
        var api = Self.api([Self.operation("/a"), Self.operation("/b")])
        #expect(api.unhandled == ["GET /a", "GET /b"])
        api.on(Self.operation("/b")) { _ in .json([]) }
        #expect(api.unhandled == ["GET /a"])
    }

    @Test func aHandlerOfNothingDescribedTraps() async {
        await #expect(processExitsWith: .failure) {
            var api = Self.api([Self.operation("/a")])
            api.on(Self.operation("/b")) { _ in .json([]) }
        }
    }

    @Test func aSecondHandlerTraps() async {
        await #expect(processExitsWith: .failure) {
            var api = Self.api([Self.operation("/a")])
            api.on(Self.operation("/a")) { _ in .json([]) }
            api.on(Self.operation("/a")) { _ in .json([]) }
        }
    }

    /// What changes something is refused at once while the database takes no writes, but not for one table of it: whether that is
    /// needed, only the request itself can find out.
    @Test(arguments: [(true, 200), (false, 503)])
    func aTableThatIsLockedRefusesNoOtherRequest(isPartial: Bool, status: Int) async throws {
        let change = HTTPAPI.Operation(
            .post, "/a", id: "change", tag: .init("test", "For tests."), access: .open, summary: "Change it",
            description: "It is changed.", answers: [.init("It.", .json(.anything, example: "{}"))])
        var api = API(
            APIDescription(title: "Test", description: "A test.", server: "Here.", operations: [change]),
            logger: .silent, trouble: { .init(reason: "is locked", detail: "", isPartial: isPartial) },
            problem: { _ in nil })
        api.on(change) { _ in .json(Array("{}".utf8)) }
        guard case .route(let route, _) = api.router.match("POST", PathSegments(["a"])) else {
            Issue.record("no route")
            return
        }
        let request = HTTPRequest(method: "POST", target: "/a", path: "/a", route: "/a")
        #expect(await route.handler(request).status == status)
    }

    /// Whatever says no: the handler, what stands before all of them, the server.
    @Test func whoCountsRefusalsHearsOfEach() async throws {
        let heard = Mutex<[String]>([])
        var api = Self.api([Self.operation("/a")])
        api.on(
            Self.operation("/a"),
            refused: { status, problem in
                heard.withLock { $0.append("\(status) \(problem?.kind ?? "-")") }
            }
        ) { call in
            guard call.request.headers["x-fail"] == nil else { throw Problem.notFound("such thing") }
            return .json([])
        }
        let checked = api.checking { request throws(Problem) in
            if request.headers["x-page"] != nil { throw Problem(.foreignPage, detail: nil) }
        }
        guard case .route(let route, _) = checked.router.match("GET", PathSegments(["a"])) else {
            Issue.record("no route")
            return
        }
        for header in ["x-none", "x-fail", "x-page"] {
            let headers = HTTPHeaders([(header, "1")])
            _ = await route.handler(
                HTTPRequest(method: "GET", target: "/a", path: "/a", headers: headers, route: "/a"))
        }
        func ended(_ unhandled: HTTPResponse?) -> HTTPExchange {
            HTTPExchange(
                method: "GET", route: "/a", routeNumber: 0, status: unhandled?.status ?? 200, unhandled: unhandled,
                client: nil, nanoseconds: 1)
        }
        checked.note(unhandled: ended(Problem.refusal(HTTPRefusal(503, "2 requests are waiting", to: nil))))
        checked.note(unhandled: ended(HTTPResponse(status: 204)))
        checked.note(unhandled: ended(nil))
        #expect(heard.withLock { $0 } == ["404 not-found", "403 foreign-page", "503 too-many-waiting"])
    }

    /// Callers are told of a member that is unknown; a neighbour may be of a later version.
    @Test(arguments: [(Access.open, 422), (.inside, 200)])
    func anUnknownMemberIsRefusedAtTheStreetAlone(_ access: Access, status: Int) async throws {
        let change = HTTPAPI.Operation(
            .post, "/a", id: "change", tag: .init("test", "For tests."), access: access, summary: "Change it",
            description: "It is changed.",
            body: .init("What.", .object([.optional("quantity", .boolean)]), example: "{}"),
            answers: [.init("It.", .json(.anything, example: "{}"))])
        #expect(
            change.body?.schema
                == (status == 422
                    ? .object([.optional("quantity", .boolean)], others: .closed)
                    : .object([.optional("quantity", .boolean)])))
        var api = Self.api([change])
        api.on(change) { call in
            _ = try call.json { json in try json.object { _, json in try json.skip() } }
            return .json(Array("{}".utf8))
        }
        guard case .route(let route, _) = api.router.match("POST", PathSegments(["a"])) else {
            Issue.record("no route")
            return
        }
        for (body, expected) in [(#"{"quantity":true}"#, 200), (#"{"quantitiy":true}"#, status)] {
            let request = HTTPRequest(
                method: "POST", target: "/a", path: "/a", headers: HTTPHeaders([("content-type", "application/json")]),
                body: Array(body.utf8), route: "/a")
            let response = await route.handler(request)
            #expect(response.status == expected)
            if expected == 422 {
                #expect(String(decoding: response.body, as: UTF8.self).contains("did you mean `quantity`?"))
            }
        }
    }

    @Test func aPathParameterWithoutWordsTraps() async {
        await #expect(processExitsWith: .failure) { _ = Self.operation("/a/{id}") }
        await #expect(processExitsWith: .success) {
            _ = Self.operation("/a/{id}", path: [.init("id", "Which one.", .text())])
        }
    }
}
