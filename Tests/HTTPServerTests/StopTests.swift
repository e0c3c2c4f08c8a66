import Glibc
import HTTPServer
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(3))) struct StopTests {
    /// Lets a test decide when a handler goes on.
    private final class Brake: Sendable {
        private let state = Mutex<(isReleased: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))

        var waiting: Int { state.withLock { $0.waiting.count } }

        func wait() async {
            await withCheckedContinuation { continuation in
                let isReleased = state.withLock { state in
                    if !state.isReleased { state.waiting.append(continuation) }
                    return state.isReleased
                }
                if isReleased { continuation.resume() }
            }
        }

        func release() {
            let waiting = state.withLock { state in
                state.isReleased = true
                defer { state.waiting = [] }
                return state.waiting
            }
            for continuation in waiting { continuation.resume() }
        }
    }

    private final class Seen: Sendable {
        let list = Mutex<[String]>([])
    }

    private func server(_ brake: Brake, loops: Int = 1) throws -> TestServer {
        var configuration = HTTPServerConfiguration()
        configuration.loops = loops
        var router = HTTPRouter.ofTests
        router.on("GET", "/brake") { _ in
            await brake.wait()
            return HTTPRouter.text(Task.isCancelled ? "cancelled" : "braked")
        }
        return try TestServer(configuration, router)
    }

    @Test(arguments: [1, 2]) func finishesWhatIsInFlight(loops: Int) async throws {
        let brake = Brake()
        let server = try server(brake, loops: loops)
        let (working, idle, reading) = try await onThread {
            let working = try Wire(server.port)
            let idle = try Wire(server.port)
            let reading = try Wire(server.port)
            try working.get("/brake")
            try idle.get("/hello")
            _ = try idle.reply()
            try reading.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
            _ = try reading.reply()
            return (SharedWire(working), SharedWire(idle), SharedWire(reading))
        }
        try await eventually("the handler waits") { brake.waiting == 1 }
        async let stopped: Void = server.server.stop(within: .seconds(30))
        async let stoppedAgain: Void = server.server.stop(within: .seconds(30))
        try await onThread {
            #expect(try idle.wire.untilClosed() == [])
            #expect(throws: Wire.Failure.self) { try Wire(server.port) }
            try reading.wire.send("hello")
            let reply = try reading.wire.reply()
            #expect(reply.text == "hello" && reply["connection"] == "close")
            try reading.wire.untilClosed()
        }
        brake.release()
        try await onThread {
            let reply = try working.wire.reply()
            #expect(reply.text == "braked" && reply["connection"] == "close")
            try working.wire.untilClosed()
        }
        _ = await (stopped, stoppedAgain)
        #expect(server.server.openConnections == 0)
        await server.server.stop(within: .zero)
    }

    @Test func listensNoMoreWhenTheFirstClientIsSentAway() async throws {
        let held = Seen()
        let sentAway = Seen()
        var configuration = HTTPServerConfiguration()
        configuration.loops = 2
        var router = HTTPRouter.ofTests
        // Keeps the loop that listens from hearing of the stop, for a second at most.
        router.on("GET", "/hold") { _ in
            held.list.withLock { $0.append("held") }
            let deadline = Wire.now + 1
            while Wire.now < deadline, sentAway.list.withLock({ $0.isEmpty }) { usleep(1_000) }
            return HTTPRouter.text("held")
        }
        let server = try TestServer(configuration, router)
        let idle = try await onThread {
            let onTheFirstLoop = try Wire(server.port)
            try onTheFirstLoop.get("/hello")
            _ = try onTheFirstLoop.reply()
            let idle = try Wire(server.port)
            try idle.get("/hello")
            _ = try idle.reply()
            try onTheFirstLoop.get("/hold")
            try eventuallyBlocking("the first loop is held") { held.list.withLock { !$0.isEmpty } }
            return SharedWire(idle)
        }
        async let stopped: Void = server.server.stop(within: .seconds(30))
        try await onThread {
            try idle.wire.untilClosed()
            #expect(throws: Wire.Failure.self) { try Wire(server.port) }
            sentAway.list.withLock { $0.append("sent away") }
        }
        await stopped
    }

    @Test func cutsWhatDoesNotFinish() async throws {
        let brake = Brake()
        let server = try server(brake, loops: 2)
        let wires = try await onThread {
            try (0..<5).map { _ in
                let wire = try Wire(server.port)
                try wire.get("/brake")
                return SharedWire(wire)
            }
        }
        let reader = try await onThread {
            let wire = try Wire(server.port, receiveBuffer: 8_192)
            try wire.get("/large")
            _ = try wire.reply(toHead: true)
            return SharedWire(wire)
        }
        try await eventually("the handlers wait") { brake.waiting == 5 }
        await server.server.stop(within: .milliseconds(100))
        #expect(server.server.openConnections == 0)
        try await onThread {
            for wire in wires { #expect(try wire.wire.untilClosed() == []) }
            try reader.wire.untilClosed()
        }
        // The handlers still run to their end, on a loop that has no connections any more.
        brake.release()
        #expect(server.exchanges.filter { $0.status == 499 }.count == 5)
    }

    @Test func finishesALargeResponseAndThenStops() async throws {
        let server = try TestServer(.init(), .ofTests)
        let reader = try await onThread {
            let wire = try Wire(server.port, receiveBuffer: 8_192)
            try wire.get("/large")
            #expect(try wire.reply(toHead: true).status == 200)
            return SharedWire(wire)
        }
        async let stopped: Void = server.server.stop(within: .seconds(600))
        try await eventually("no more connections") {
            do { _ = try Wire(server.port) } catch { return true }
            return false
        }
        let rest = try await onThread { try reader.wire.untilClosed(within: 120) }
        #expect(rest.count == 20_000_000)
        await stopped
    }

    @Test func cancelsTheHandlerOfAClientThatWasReset() async throws {
        let seen = Seen()
        var router = HTTPRouter()
        router.on("GET", "/") { _ in
            seen.list.withLock { $0.append("began") }
            do { try await Task.sleep(for: .seconds(60)) } catch { seen.list.withLock { $0.append("cancelled") } }
            return HTTPRouter.text("")
        }
        let server = try TestServer(.init(), router)
        try await onThread {
            let wire = try Wire(server.port)
            try wire.get("/")
            try eventuallyBlocking("began") { seen.list.withLock { $0.count == 1 } }
            wire.reset()
        }
        try await eventually("the connection is gone") { server.server.openConnections == 0 }
        try await eventually("its handler is cancelled") { seen.list.withLock { $0 } == ["began", "cancelled"] }
        await server.server.stop(within: .seconds(5))
    }

    @Test func saysThatAPortIsInUse() async throws {
        let first = try TestServer(.init(), .ofTests)
        var configuration = HTTPServerConfiguration()
        configuration.port = first.port
        let error = #expect(throws: HTTPServerError.self) { try TestServer(configuration, .ofTests) }
        #expect(error == .addressInUse(host: "127.0.0.1", port: first.port))
        #expect(error?.description.contains("choose another port") == true)
        #expect(throws: HTTPServerError.alreadyStarted) { try first.server.start() }
        await first.server.stop(within: .zero)
        // The port is free again at once.
        let second = try TestServer(configuration, .ofTests)
        await second.server.stop(within: .zero)
    }

    @Test(arguments: ["192.0.2.1", "no such host", ""]) func saysThatAnAddressIsNotOurs(host: String) {
        var configuration = HTTPServerConfiguration()
        configuration.host = host
        #expect(throws: HTTPServerError.addressNotAvailable(host: host)) { try TestServer(configuration, .ofTests) }
    }

    @Test func stopsWithoutAnyConnection() async throws {
        for loops in 1...3 {
            var configuration = HTTPServerConfiguration()
            configuration.loops = loops
            let server = try TestServer(configuration, .ofTests)
            await server.server.stop(within: .seconds(60))
        }
    }
}

/// A client that one thread after the other uses.
private struct SharedWire: @unchecked Sendable {
    let wire: Wire

    init(_ wire: Wire) { self.wire = wire }
}
