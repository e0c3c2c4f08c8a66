import Glibc
import HTTPServer
import Synchronization
import Testing

/// Answers that go on.
@Suite(.timeLimit(.minutes(3))) struct StreamTests {
    /// The streams that a handler has begun, and how many of them nobody reads any more.
    private final class Streams: Sendable {
        let begun = Mutex<[HTTPStream]>([])
        let left = Atomic(0)

        func router(limit: Int = 1 << 20, first: String = "") -> HTTPRouter {
            var router = HTTPRouter.ofTests
            router.on("GET", "/stream") { [self] _ in
                let stream = HTTPStream(limit: limit) { self.left.add(1, ordering: .relaxed) }
                if !first.isEmpty { stream.write(Array(first.utf8)) }
                begun.withLock { $0.append(stream) }
                var response = HTTPResponse(status: 200, headers: [("content-type", "text/event-stream")])
                response.stream = stream
                return response
            }
            return router
        }

        var one: HTTPStream? { begun.withLock { $0.first } }
    }

    private static func body(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func whatIsWrittenIsSentAsItComes() async throws {
        let streams = Streams()
        try await TestServer.run({ _ in }, streams.router(first: "one")) { server in
            let client = try Wire(server.port)
            try client.get("/stream")
            let head = try client.reply()
            #expect(
                head.status == 200 && head["transfer-encoding"] == "chunked"
                    && head["content-length"] == nil)
            #expect(try client.untilReceived(8))
            streams.one?.write(Array("two".utf8))
            #expect(try client.untilReceived(16))
            streams.one?.end()
            #expect(Self.body(try client.untilClosed()) == "3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")
            #expect(streams.one?.write([0]) == false)
        }
        #expect(streams.left.load(ordering: .relaxed) == 1)
    }

    @Test func toHTTP10TheConnectionIsTheBody() async throws {
        let streams = Streams()
        try await TestServer.run({ _ in }, streams.router(first: "one")) { server in
            let client = try Wire(server.port)
            try client.send("GET /stream HTTP/1.0\r\nHost: test\r\n\r\n")
            let head = try client.reply()
            #expect(head["transfer-encoding"] == nil && head["connection"] == "close")
            #expect(try client.untilReceived(3))
            streams.one?.end()
            #expect(Self.body(try client.untilClosed()) == "one")
        }
    }

    @Test func toHEADNothingIsStreamed() async throws {
        let streams = Streams()
        try await TestServer.run({ _ in }, streams.router(first: "one")) { server in
            let client = try Wire(server.port)
            try client.send("HEAD /stream HTTP/1.1\r\nHost: test\r\n\r\n")
            #expect(try client.reply(toHead: true).status == 200)
            try client.get("/hello")
            #expect(try client.reply().text == "hello")
        }
        #expect(streams.left.load(ordering: .relaxed) == 1)
    }

    /// Who has gone is noticed, in whichever way it went.
    @Test(arguments: [true, false]) func whoHasGoneIsNoticed(byReset: Bool) async throws {
        let streams = Streams()
        try await TestServer.run({ _ in }, streams.router(first: "one")) { server in
            let client = try Wire(server.port)
            try client.get("/stream")
            #expect(try client.reply().status == 200)
            if byReset { client.reset() } else { client.close() }
            try eventuallyBlocking("it has left") { streams.left.load(ordering: .relaxed) == 1 }
        }
    }

    /// Who does not take it is cut off, and whoever writes is not held up.
    @Test func whoIsTooSlowIsCutOff() async throws {
        let streams = Streams()
        try await TestServer.run({ _ in }, streams.router(limit: 64 << 10)) { server in
            let client = try Wire(server.port, receiveBuffer: 4 << 10)
            try client.get("/stream")
            #expect(try client.reply().status == 200)
            let piece = [UInt8](repeating: 0x61, count: 16 << 10)
            try eventuallyBlocking("it is cut off") { streams.one?.write(piece) == false }
            try eventuallyBlocking("it has left") { streams.left.load(ordering: .relaxed) == 1 }
        }
    }

    @Test func manyAreServedByOneThread() async throws {
        let streams = Streams()
        try await TestServer.run({ $0.maximumConnections = 4_000 }, streams.router(first: "one")) {
            server in
            let clients = try (0..<400).map { _ in try Wire(server.port) }
            for client in clients { try client.get("/stream") }
            for client in clients { #expect(try client.reply().status == 200) }
            for stream in streams.begun.withLock({ $0 }) { stream.write(Array("two".utf8)) }
            for client in clients { #expect(try client.untilReceived(11)) }
        }
        #expect(streams.left.load(ordering: .relaxed) == 400)
    }

    @Test func aServerThatStopsEndsThem() async throws {
        let streams = Streams()
        let server = try TestServer(.init(), streams.router(first: "one"))
        let client = try Wire(server.port)
        try client.get("/stream")
        #expect(try client.reply().status == 200)
        await server.server.stop(within: .seconds(60))
        try client.untilClosed()
        #expect(streams.left.load(ordering: .relaxed) == 1)
    }
}
