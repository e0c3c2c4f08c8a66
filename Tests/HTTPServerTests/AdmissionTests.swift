import Synchronization
import Testing

@testable import HTTPServer

/// Who has a connection when there are too many.
@Suite struct AdmissionTests {
    private final class Brake: Sendable {
        private let waiting = Mutex<[CheckedContinuation<Void, Never>]>([])

        var count: Int { waiting.withLock { $0.count } }

        func wait() async {
            await withCheckedContinuation { continuation in waiting.withLock { $0.append(continuation) } }
        }

        func release() {
            let all = waiting.withLock { waiting in
                defer { waiting = [] }
                return waiting
            }
            for continuation in all { continuation.resume() }
        }
    }

    private func router(_ brake: Brake) -> HTTPRouter {
        var router = HTTPRouter.ofTests
        router.on("GET", "/brake") { _ in
            await brake.wait()
            return HTTPRouter.text("braked")
        }
        router.on("GET", "/health", isAlwaysTaken: true) { _ in HTTPRouter.text("healthy") }
        router.on("GET", "/who") { HTTPRouter.text("\($0.client.map { "\($0)" } ?? "nobody")") }
        return router
    }

    private func hello(_ wire: Wire) throws -> Int {
        try wire.get("/hello")
        return try wire.reply().status
    }

    @Test(arguments: [1, 2])
    func theLongestIdleGoesForANewOne(loops: Int) async throws {
        try await TestServer.run({
            $0.maximumConnections = 8; $0.loops = loops
        }) { server in
            func open(_ count: Int, _ source: String) throws -> [Wire] {
                try (0..<count).map { _ in
                    let wire = try Wire(server.port, source: source)
                    #expect(try hello(wire) == 200)
                    return wire
                }
            }
            let first = try open(4, "127.0.0.1")
            // One client has half of all: its own go for its new ones.
            let more = try open(2, "127.0.0.1")
            for wire in first[..<2] { #expect(try wire.untilClosed() == []) }
            #expect(server.server.openConnections == 4)
            let second = try open(4, "127.0.0.2")
            #expect(server.server.openConnections == 8)
            // All are taken, so the oldest of all goes for a third client.
            let third = try open(2, "127.0.0.3")
            for wire in first[2...] { #expect(try wire.untilClosed() == []) }
            for wire in more + second + third { #expect(try hello(wire) == 200) }
        }
    }

    @Test(arguments: [1, 2])
    func healthIsAnsweredWhenAllAreAtWork(loops: Int) async throws {
        let brake = Brake()
        try await TestServer.run(
            {
                $0.maximumConnections = 4; $0.loops = loops
            }, router(brake)
        ) { server in
            let busy = try ["127.0.0.1", "127.0.0.1", "127.0.0.2", "127.0.0.2"].map { source in
                let wire = try Wire(server.port, source: source)
                try wire.get("/brake")
                return wire
            }
            try eventuallyBlocking("all are at work") { brake.count == 4 }
            // More than the reserve has places: who says nothing goes for who asks.
            let silent = try (0..<100).map { _ in try Wire(server.port) }
            for source in ["127.0.0.1", "127.0.0.3"] {
                let wire = try Wire(server.port, source: source)
                try wire.get("/health")
                let reply = try wire.reply()
                #expect(reply.text == "healthy" && reply["connection"] == "close")
                let refused = try Wire(server.port, source: source)
                try refused.get("/hello")
                let refusal = try refused.reply()
                #expect(refusal.status == 503 && refusal["content-type"] == "application/problem+json")
                #expect(try refused.untilClosed() == [])
            }
            brake.release()
            for wire in busy { #expect(try wire.reply().text == "braked") }
            silent.forEach { $0.close() }
            #expect(try hello(Wire(server.port)) == 200)
        }
    }

    // MARK: Proxies

    private static let binary: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]
    private static let overIPv4 = binary + [0x21, 0x11, 0, 15, 192, 0, 2, 7, 127, 0, 0, 1, 1, 2, 3, 4, 4, 0, 0]
    private static let overIPv6 =
        binary + [0x21, 0x21, 0, 36, 0x20, 1, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [9]
        + [UInt8](repeating: 0, count: 20)
    private static let forItself = binary + [0x20, 0, 0, 0]

    @Test(arguments: [
        (Array("PROXY TCP4 192.0.2.7 127.0.0.1 51234 8080\r\n".utf8), "192.0.2.7"),
        (Array("PROXY TCP6 2001:db8::9 ::1 51234 8080\r\n".utf8), "2001:db8::9"),
        (Array("PROXY UNKNOWN\r\n".utf8), "127.0.0.1"), (overIPv4, "192.0.2.7"), (overIPv6, "2001:db8::9"),
        (forItself, "127.0.0.1"), ([], "127.0.0.1"),
    ])
    func aTrustedProxySaysWhoTheClientIs(header: [UInt8], client: String) async throws {
        let range = try #require(AddressRange("127.0.0.0/30"))
        try await TestServer.run({ $0.trustedProxies = [range] }, router(Brake())) { server in
            let request = header + Array("GET /who HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
            for piece in [1, 5, 1_000] {
                let wire = try Wire(server.port)
                for start in stride(from: 0, to: request.count, by: piece) {
                    try wire.send(Array(request[start..<min(start + piece, request.count)]))
                }
                #expect(try wire.reply().text == client)
                try wire.get("/who")
                #expect(try wire.reply().text == client)
            }
            // From anywhere else it is no HTTP.
            guard !header.isEmpty else { return }
            let stranger = try Wire(server.port, source: "127.0.0.4")
            try stranger.send(request)
            #expect(try stranger.reply().status == 400)
        }
    }

    @Test(arguments: [
        "PROXY TCP4 192.0.2.7 127.0.0.1 51234\r\n", "PROXY TCP4 ::1 ::1 1 2\r\n",
        "PROXY TCP4 192.0.2.7 127.0.0.1 1 2\n",
        "PROXY TCP9 192.0.2.7 127.0.0.1 1 2\r\n", "PROXY \(String(repeating: "x", count: 110))",
        "\r\n\r\n\0\r\nQUIT\n\u{31}\u{11}\0\0", "\r\n\r\n\0\r\nQUIT\n\u{21}\u{11}\0\u{1}a", "PROXY TCP4  1 2 3\r\n",
    ])
    func aMalformedHeaderIsRefused(header: String) async throws {
        let range = try #require(AddressRange("127.0.0.1"))
        try await TestServer.run({ $0.trustedProxies = [range] }) { server in
            let wire = try Wire(server.port)
            try wire.send(header + "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try wire.reply().status == 400)
            try wire.untilClosed()
        }
    }

    @Test func theClientBehindAProxyHasHalf() async throws {
        let brake = Brake()
        let range = try #require(AddressRange("127.0.0.1"))
        try await TestServer.run(
            {
                $0.maximumConnections = 4; $0.trustedProxies = [range]
            }, router(brake)
        ) { server in
            func connect(_ client: String, _ target: String) throws -> Wire {
                let wire = try Wire(server.port)
                try wire.send("PROXY TCP6 \(client) ::1 1 2\r\n")
                try wire.get(target)
                return wire
            }
            // A network gives its clients a /64, so that is one.
            let busy = try ["2001:db8::1", "2001:db8::2"].map { try connect($0, "/brake") }
            try eventuallyBlocking("they are at work") { brake.count == 2 }
            #expect(try connect("2001:db8::3", "/hello").reply().status == 503)
            #expect(try connect("2001:db8::3", "/health").reply().status == 200)
            let other = try connect("2001:db8:0:1::3", "/hello")
            #expect(try other.reply().status == 200)
            brake.release()
            for wire in busy { #expect(try wire.reply().status == 200) }
            // Its idle one goes for its new one.
            #expect(try connect("2001:db8::3", "/hello").reply().status == 200)
            #expect(try busy[0].untilClosed() == [])
        }
    }

    @Test func rangesHaveTheirAddresses() throws {
        for (range, inside, outside) in [
            ("10.0.0.0/8", "10.255.1.2", "11.0.0.0"), ("10.1.2.3", "10.1.2.3", "10.1.2.2"),
            ("0.0.0.0/0", "255.1.2.3", "::1"), ("fd00::/8", "fdff::1", "fe00::1"), ("::/0", "1.2.3.4", ""),
            ("2001:db8::1", "2001:db8::1", "2001:db8::"), ("172.16.0.0/12", "172.31.9.9", "172.32.0.0"),
            ("10.0.0.0/8", "::ffff:10.1.1.1", "::10.1.1.1"),
        ] {
            let range = try #require(AddressRange(range))
            #expect(range.contains(try #require(ClientAddress(inside))))
            if let outside = ClientAddress(outside) { #expect(!range.contains(outside)) }
        }
        for text in ["", "10.0.0.0/33", "10.0.0/8", "::/129", "a", "1.2.3.4/", "1.2.3.4/-1", "1.2.3.4/8/8"] {
            #expect(AddressRange(text) == nil, "\(text)")
        }
    }
}
