import Foundation
import HTTPServer
import Synchronization
import Testing

/// A server on a free port, and what it said.
final class TestServer: Sendable {
    let server: HTTPServer
    let port: Int
    private let heard: Heard

    private final class Heard: Sendable {
        let exchanges = Mutex<[HTTPExchange]>([])
        let log = Mutex<[String]>([])
    }

    init(_ configuration: HTTPServerConfiguration = .init(), _ router: HTTPRouter) throws {
        let heard = Heard()
        self.heard = heard
        server = HTTPServer(
            configuration: configuration, router: router,
            refusal: { refusal in
                let allow = refusal.allow.isEmpty ? [] : [("Allow", refusal.allow.joined(separator: ", "))]
                guard refusal.status >= 400 else { return HTTPResponse(status: refusal.status, headers: allow) }
                let asked = refusal.headers?["traceparent"].map { [("asked-by", $0)] } ?? []
                return HTTPResponse(
                    status: refusal.status, headers: [("Content-Type", "application/problem+json")] + allow + asked,
                    body: Array("refused: \(refusal.detail)".utf8))
            },
            observe: { exchange in heard.exchanges.withLock { $0.append(exchange) } },
            log: { line in heard.log.withLock { $0.append(line) } })
        port = try server.start()
    }

    var exchanges: [HTTPExchange] { heard.exchanges.withLock { $0 } }
    var log: [String] { heard.log.withLock { $0 } }

    /// Runs a client on a thread of its own, then sees all connections gone, and stops.
    static func run(
        _ configure: (inout HTTPServerConfiguration) -> Void = { _ in },
        _ router: HTTPRouter = .ofTests, _ client: @escaping @Sendable (TestServer) throws -> Void
    ) async throws {
        var configuration = HTTPServerConfiguration()
        configure(&configuration)
        let server = try TestServer(configuration, router)
        do {
            try await onThread { try client(server) }
            try await eventually("all connections are gone") { server.server.openConnections == 0 }
        } catch {
            await server.server.stop(within: .zero)
            throw error
        }
        await server.server.stop(within: .seconds(5))
    }
}

extension HTTPRouter {
    /// Tells what came in, in one way or another.
    static var ofTests: HTTPRouter {
        var router = HTTPRouter()
        router.on("GET", "/") { _ in text("root") }
        router.on("GET", "/hello") { _ in
            HTTPResponse(status: 200, headers: [("X-Kind", "greeting")], body: Array("hello".utf8))
        }
        router.on("POST", "/echo") { HTTPResponse(status: 200, body: $0.body) }
        router.on("POST", "/small", maximumBody: 10) { text("\($0.body.count)") }
        router.on("GET", "/items/{id}") { text("id=\($0.parameters["id"] ?? "nil") route=\($0.route)") }
        router.on("DELETE", "/items/{id}") { _ in HTTPResponse(status: 204) }
        router.on("GET", "/items/all") { _ in text("all") }
        router.on("GET", "/items/{id}/parts/{part}") {
            text("\($0.parameters["id"] ?? "nil"),\($0.parameters["part"] ?? "nil")")
        }
        router.on("GET", "/query") { text($0.query.map { "\($0.name)=\($0.value)" }.joined(separator: ";")) }
        router.on("GET", "/later") { request in
            await fromAnotherThread()
            return text("later \(request.query.first?.value ?? "")")
        }
        router.on("POST", "/later") { request in
            await fromAnotherThread()
            return HTTPResponse(status: 200, body: request.body)
        }
        router.on("GET", "/large") { _ in HTTPResponse(status: 200, body: [UInt8](repeating: 0x61, count: 20_000_000)) }
        return router
    }

    static func text(_ text: String) -> HTTPResponse { HTTPResponse(status: 200, body: Array(text.utf8)) }
}

/// Suspends the caller until another thread resumes it.
func fromAnotherThread() async {
    await withCheckedContinuation { continuation in
        DispatchQueue.global().async { continuation.resume() }
    }
}

/// Runs blocking code, still as part of the test's task, where it blocks none of Swift's threads.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withTaskExecutorPreference(ThreadExecutor()) { try await inTask(body) }
}

@concurrent
private func inTask<Value: Sendable>(_ body: @Sendable () throws -> Value) async throws -> Value { try body() }

/// A thread for each job.
private final class ThreadExecutor: TaskExecutor {
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        Thread.detachNewThread { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

struct NeverHappened: Error, CustomStringConvertible {
    let description: String
}

/// Waits for a condition, for 20 seconds at most.
func eventually(_ what: String, _ condition: @Sendable () -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(20)
    while !condition() {
        guard ContinuousClock.now < deadline else { throw NeverHappened(description: "never: \(what)") }
        try await Task.sleep(for: .milliseconds(5))
    }
}

func eventuallyBlocking(_ what: String, _ condition: () throws -> Bool) throws {
    let deadline = Wire.now + 20
    while try !condition() {
        guard Wire.now < deadline else { throw NeverHappened(description: "never: \(what)") }
        usleep(5_000)
    }
}
