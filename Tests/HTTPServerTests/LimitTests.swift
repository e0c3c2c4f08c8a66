import Dispatch
import Glibc
import HTTPServer
import Testing

/// Deadlines, and how much may wait.
@Suite struct LimitTests {
    /// A connection that has had an answer: from then on the idle timeout counts until the next byte, and not the head's, which a
    /// client that does not get its turn would miss.
    private static func kept(_ server: TestServer) throws -> Wire {
        let deadline = Wire.now + 60
        while true {
            let wire = try Wire(server.port)
            if (try? wire.get("/hello")) != nil, (try? wire.reply())?.status == 200 { return wire }
            guard Wire.now < deadline else { throw NeverHappened(description: "never: a kept connection") }
        }
    }

    @Test(arguments: [
        "GET /hello HTTP/1.1\r\nHost: a\r\n", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc",
        "POST /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc",
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nTrailer: x",
    ])
    func cutsOffARequestThatIsNeverFinished(request: String) async throws {
        try await TestServer.run({
            $0.headTimeout = .milliseconds(300); $0.bodyTimeout = .milliseconds(300)
        }) { server in
            let wire = try Self.kept(server)
            let start = Wire.now
            try wire.send(request)
            #expect(try wire.reply().status == 408)
            try wire.untilClosed()
            #expect(Wire.now - start > 0.29)
            try eventuallyBlocking("observed") { server.exchanges.last?.status == 408 }
            #expect(server.exchanges.filter { $0.status != 200 }.count == 1)
            let exchange = try #require(server.exchanges.last)
            #expect(exchange.client?.description == "127.0.0.1" && exchange.nanoseconds > 250_000_000)
        }
    }

    /// The one that may wait does; others are told so at once, but for who asks how the server is.
    @Test func refusesMoreThanMayWait() async throws {
        let gate = DispatchSemaphore(value: 0)
        var router = HTTPRouter.ofTests
        router.on("POST", "/slow") { _ in
            await withCheckedContinuation { continuation in
                DispatchQueue.global().async {
                    gate.wait()
                    continuation.resume()
                }
            }
            return HTTPResponse(status: 204)
        }
        router.on("GET", "/health", isAlwaysTaken: true) { _ in HTTPResponse(status: 200) }
        try await TestServer.run({ $0.maximumWaiting = 1 }, router) { server in
            let slow = try Wire(server.port)
            try slow.send("POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
            let other = try Wire(server.port)
            try eventuallyBlocking("full") {
                try other.get("/hello")
                return try other.reply().status == 503
            }
            try other.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
            #expect(try other.reply().status == 503)
            try other.get("/health")
            #expect(try other.reply().status == 200)
            gate.signal()
            #expect(try slow.reply().status == 204)
            try other.get("/hello")
            #expect(try other.reply().status == 200)
        }
    }

    @Test func cutsOffClientsThatSayNothing() async throws {
        try await TestServer.run({
            $0.headTimeout = .milliseconds(300); $0.idleTimeout = .seconds(10)
        }) { server in
            let silent = try Wire(server.port)
            #expect(try silent.untilClosed() == [])
            let slow = try Self.kept(server)
            try slow.send("GET /hel")
            #expect(try slow.reply().status == 408)
            try slow.untilClosed()
            let start = Wire.now
            let idle = try Self.kept(server)
            #expect(try idle.untilClosed() == [])
            #expect(Wire.now - start > 9.9)
        }
    }

    /// What some send behind a body is no beginning of a request, of which a client would take the refusal for its answer.
    @Test func anEmptyLineIsNoRequestThatIsLate() async throws {
        try await TestServer.run({
            $0.headTimeout = .milliseconds(100); $0.idleTimeout = .milliseconds(500)
        }) { server in
            let wire = try Self.kept(server)
            try wire.send("\r\n\r\n")
            #expect(try wire.untilClosed() == [])
            let ended = try Wire(server.port)
            try ended.send("\r\n")
            ended.finishSending()
            #expect(try ended.untilClosed() == [])
            #expect(server.exchanges.map(\.status) == [200])
        }
    }

    /// Steady dripping is not silence. In a process of its own, which may have a thousand open files.
    @Test func servesOthersWhileHundredsDrip() async {
        await #expect(processExitsWith: .success) {
            raiseFileLimit()
            try await TestServer.run({
                $0.headTimeout = .seconds(10)
                $0.bodyTimeout = .seconds(10)
                $0.idleTimeout = .seconds(8)
            }) { server in
                let drippers = try (0..<500).map { _ in try Wire(server.port) }
                for (index, dripper) in drippers.enumerated() where index % 2 == 0 {
                    try dripper.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")
                }
                try eventuallyBlocking("all are accepted") { server.server.openConnections == 500 }
                let other = try Wire(server.port)
                let start = Wire.now
                var nextDrip = start
                var slowest = 0.0
                while server.server.openConnections > 1, Wire.now - start < 90 {
                    if Wire.now >= nextDrip {
                        nextDrip += 1
                        for dripper in drippers { dripper.trySend([0x61]) }
                    }
                    let asked = Wire.now
                    try other.get("/later")
                    #expect(try other.reply().status == 200)
                    slowest = max(slowest, Wire.now - asked)
                    usleep(1_000)
                }
                #expect(server.server.openConnections == 1)
                #expect(Wire.now - start < 90)
                #expect(slowest < 30, "the slowest answer took \(slowest) s")
                other.close()
            }
        }
    }

    @Test func staysUnderTheLimitOfOpenFiles() async throws {
        try await TestServer.run({ $0.maximumConnections = .max }) { server in
            #expect(server.log.contains { $0.contains("limit of open files") })
        }
    }
}

private func raiseFileLimit() {
    var files = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files)
    files.rlim_cur = max(files.rlim_cur, min(files.rlim_max, 8_192))
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files)
}

func currentThread() -> UInt { UInt(pthread_self()) }
