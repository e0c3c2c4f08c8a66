import HTTPClient
import HTTPServer
import Synchronization
import Testing

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Calls that a server's handlers make: they are driven by the handler's own loop.
@Suite(.timeLimit(.minutes(3))) struct OnTheLoopTests {
    /// A server whose handler of `/ask` calls `url`, by POST where there is a body, and answers what came of it.
    private static func withServer(
        loops: Int = 1, asking client: HTTPClient, _ url: String, sending body: [UInt8]? = nil,
        within limit: Duration = .seconds(20),
        _ use: (_ server: HTTPServer, _ url: String) async throws -> Void
    ) async throws {
        var router = HTTPRouter()
        router.on("GET", "/here") { _ in HTTPResponse(status: 200, body: Array("here".utf8)) }
        router.on("GET", "/ask") { _ in
            do throws(HTTPClientError) {
                let method = body == nil ? "GET" : "POST"
                let answer = try await client.call(method, url, body: body, within: limit)
                return HTTPResponse(status: 200, body: answer.body)
            } catch {
                return HTTPResponse(status: 502, body: Array("\(error.outcome)".utf8))
            }
        }
        var configuration = HTTPServerConfiguration()
        configuration.loops = loops
        // As many as any machine allows, or the server says that it takes less.
        configuration.maximumConnections = 100
        let server = HTTPServer(
            configuration: configuration, router: router,
            refusal: { HTTPResponse(status: $0.status) }, log: { Issue.record("logged: \($0)") })
        let port = try server.start()
        do {
            try await use(server, "http://127.0.0.1:\(port)")
        } catch {
            await server.stop(within: .zero)
            throw error
        }
        await server.stop(within: .zero)
    }

    /// A server that is asked, and answers what it is told to, when it is told to.
    private static func patientServer(_ isOver: Flag) throws -> RawServer {
        try RawServer { connection, _ in
            while connection.readRequest() != nil {
                isOver.wait()
                connection.respond()
            }
        }
    }

    /// Each loop has connections of its own and keeps them; who asks from elsewhere has others.
    @Test func eachLoopKeepsItsConnection() async throws {
        let asked = try RawServer.echo()
        try await withClient { client in
            try await Self.withServer(loops: 2, asking: client, asked.url()) { _, url in
                // Two connections that stay open are dealt out to the two loops.
                try await withClient { first in
                    try await withClient { second in
                        for _ in 0..<5 {
                            await first.succeed("GET", url + "/ask")
                            await second.succeed("GET", url + "/ask")
                        }
                    }
                }
                #expect(asked.connections == 2)
                await client.succeed("GET", asked.url())
                #expect(asked.connections == 3)
            }
        }
        #expect(asked.requests.count == 11)
    }

    @Test func theLoopServesOthersMeanwhile() async throws {
        let isOver = Flag()
        let asked = try Self.patientServer(isOver)
        try await withClient { client in
            try await Self.withServer(asking: client, asked.url()) { _, url in
                try await withClient { other in
                    async let answer: Void = other.succeed("GET", url + "/ask")
                    await eventually("it is asked") { asked.requests.count == 1 }
                    for _ in 0..<3 { await other.succeed("GET", url + "/here") }
                    isOver.set()
                    await answer
                }
            }
        }
    }

    @Test func aDeadlineEndsTheCall() async throws {
        let isOver = Flag()
        let asked = try Self.patientServer(isOver)
        try await withClient { client in
            try await Self.withServer(asking: client, asked.url(), within: .milliseconds(300)) { _, url in
                let answer = try await client.call("GET", url + "/ask")
                #expect(answer.status == 502)
                // It may not have come as far as to be sent.
                #expect(["unknown", "notProcessed"].contains(String(decoding: answer.body, as: UTF8.self)))
                isOver.set()
                await client.succeed("GET", url + "/here")
            }
        }
    }

    /// The loop goes on for a call that is in flight, and takes it back.
    @Test func stoppingTheServerEndsTheCall() async throws {
        let isOver = Flag()
        let asked = try Self.patientServer(isOver)
        try await withClient { client in
            try await Self.withServer(asking: client, asked.url()) { server, url in
                async let answer = client.failure("GET", url + "/ask")
                await eventually("it is asked") { asked.requests.count == 1 }
                await server.stop(within: .zero)
                _ = await answer
            }
            isOver.set()
            await eventually("its connection is closed") { asked.openConnections == 0 }
            // The client outlives the loops.
            await client.succeed("GET", asked.url())
        }
    }

    @Test func closingTheClientEndsTheCall() async throws {
        let isOver = Flag()
        let asked = try Self.patientServer(isOver)
        try await withClient { other in
            try await withClient { client in
                try await Self.withServer(asking: client, asked.url()) { _, url in
                    async let answer = other.call("GET", url + "/ask")
                    await eventually("it is asked") { asked.requests.count == 1 }
                    await client.close()
                    let ended = try await answer
                    #expect(ended.status == 502)
                    #expect(ended.body == Array("unknown".utf8))
                    #expect(try await other.call("GET", url + "/ask").body == Array("notProcessed".utf8))
                    isOver.set()
                    await eventually("its connection is closed") { asked.openConnections == 0 }
                }
            }
        }
    }

    /// Bodies that come and go in many pieces.
    @Test func largeBodiesPass() async throws {
        let asked = try RawServer.echo()
        let body = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try await withClient { client in
            try await Self.withServer(asking: client, asked.url(), sending: body) { _, url in
                let answer = try await client.call("GET", url + "/ask")
                #expect(answer.body == body)
            }
        }
    }
}

/// A flag that a script on a thread of its own waits for, for 20 s at most.
private final class Flag: Sendable {
    private let isSet = Mutex(false)

    func set() { isSet.withLock { $0 = true } }

    func wait() {
        let deadline = ContinuousClock.now + .seconds(20)
        while !isSet.withLock({ $0 }), ContinuousClock.now < deadline { usleep(1_000) }
    }
}
