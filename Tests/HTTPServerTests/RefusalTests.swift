import HTTPServer
import Testing

/// What two readers could understand differently, or nobody can, each in one request on a connection of its own.
@Suite struct RefusalTests {
    @Test(arguments: [
        (
            "two Content-Lengths", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            400
        ),
        ("the same twice", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na", 400),
        ("a list of lengths", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\na", 400),
        ("a signed length", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\na", 400),
        ("a negative length", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\na", 400),
        ("a hexadecimal length", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0x10\r\n\r\na", 400),
        ("a length in two words", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1 1\r\n\r\na", 400),
        ("23 digits", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 11111111111111111111111\r\n\r\na", 413),
        ("an empty length", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\na", 400),
        (
            "length and coding",
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400
        ),
        ("an unknown coding", "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\nabc", 501),
        ("gzip, chunked", "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
        ("chunked, gzip", "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n", 400),
        (
            "chunked twice",
            "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400
        ),
        ("an empty coding", "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n\r\n", 501),
        ("chunked in 1.0", "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        ("no Host", "GET /hello HTTP/1.1\r\n\r\n", 400),
        ("two Hosts", "GET /hello HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
        ("two Hosts in 1.0", "GET /hello HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400),
        ("a bad Host", "GET /hello HTTP/1.1\r\nHost: a, b\r\n\r\n", 400),
        ("a Host with a user", "GET /hello HTTP/1.1\r\nHost: a@b\r\n\r\n", 400),
        ("a Host with a path", "GET /hello HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
        ("a Host with a bad port", "GET /hello HTTP/1.1\r\nHost: a:8o\r\n\r\n", 400),
        ("a Host without its bracket", "GET /hello HTTP/1.1\r\nHost: [::1\r\n\r\n", 400),
        ("an absolute target without a host", "GET http:///hello HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("an absolute target with a user", "GET http://a@b/hello HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("a target without a slash", "GET hello HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("a host for a target", "GET a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("a DEL in a value", "GET /hello HTTP/1.1\r\nHost: a\r\nX: b\u{7F}c and some more\r\n\r\n", 400),
        ("a bad method", "G(T /hello HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("a method with a control byte", "G\u{1}T /hello HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("a bad field name", "GET /hello HTTP/1.1\r\nHost: a\r\nb{d: x\r\n\r\n", 400),
        ("a field name that is not ASCII", "GET /hello HTTP/1.1\r\nHost: a\r\nnäme: x\r\n\r\n", 400),
        ("a blank before the colon", "GET /hello HTTP/1.1\r\nHost : a\r\n\r\n", 400),
        (
            "chunked hidden by a blank",
            "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400
        ),
        ("a folded line", "GET /hello HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n", 400),
        ("a folded first line", "GET /hello HTTP/1.1\r\n Host: a\r\n\r\n", 400),
        ("a control byte in a value", "GET /hello HTTP/1.1\r\nHost: a\r\nX: b\u{1}c\r\n\r\n", 400),
        ("a NUL in a value", "GET /hello HTTP/1.1\r\nHost: a\r\nX: b\0c\r\n\r\n", 400),
        ("a bare CR", "GET /hello HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", 400),
        ("a bare LF", "GET /hello HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", 400),
        ("a bare LF at the end", "GET /hello HTTP/1.1\r\nHost: a\r\n\n", 400),
        ("a bare LF after the request line", "GET /hello HTTP/1.1\nHost: a\r\n\r\n", 400),
        ("a line that starts with a colon", "GET /hello HTTP/1.1\r\nHost: a\r\n:x: b\r\nC: d\r\n\r\n", 400),
        ("a colon and a request", "GET /hello HTTP/1.1\r\nHost: a\r\n:\r\nGET /hello HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("a line that starts with NUL", "GET /hello HTTP/1.1\r\nHost: a\r\n\0x: b\r\n\r\n", 400),
        ("a NUL in the target", "GET /hello\0x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("a space in the target", "GET /hello world HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("two spaces", "GET  /hello HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("a tab in the target", "GET /hello\tx HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("no version", "GET /hello\r\nHost: a\r\n\r\n", 400),
        ("a strange version", "GET /hello HTTX/1.1\r\nHost: a\r\n\r\n", 400),
        ("HTTP/2", "GET /hello HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        ("HTTP/1.2", "GET /hello HTTP/1.2\r\nHost: a\r\n\r\n", 505),
        ("an expectation", "GET /hello HTTP/1.1\r\nHost: a\r\nExpect: foo\r\n\r\n", 417),
        ("one more expectation", "GET /hello HTTP/1.1\r\nHost: a\r\nExpect: 100-continue, foo\r\n\r\n", 417),
        ("a star for GET", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ])
    func isRefused(what: String, request: String, status: Int) async throws {
        try await TestServer.run { server in
            let wire = try Wire(server.port)
            try wire.send(request)
            let reply = try wire.reply()
            #expect(reply.status == status, "\(what): \(reply.status) \(reply.text)")
            expectOneProblem(reply)
            #expect(try wire.untilClosed() == [], "\(what)")
            #expect(server.exchanges.map(\.status) == [status])
        }
    }

    private func expectOneProblem(_ reply: Wire.Reply) {
        #expect(reply["content-type"] == "application/problem+json" && reply["connection"] == "close")
        #expect(reply.text.hasPrefix("refused: ") && !reply.text.contains("\r\n"), "\(reply.text)")
    }

    /// Chunked bodies that are malformed, or whose framing has more bytes than any honest one.
    @Test(arguments: [
        "zz\r\nhello\r\n", "-1\r\n", "5\r\nhelloX", "5\r\nhello\n0\r\n\r\n", "5\nhello\r\n0\r\n\r\n",
        "5\r\nhello\r\n0\n\n", "5\r\nhello\r\n0\r\n\n", "5\r\nhello\r\n0\r\nTrailer: x\n\r\n",
        "5\r\nhello\r\n0\r\n Trailer: x\r\n\r\n", "5\r\nhello\r\n0\r\nTrailer : x\r\n\r\n", "2;\r\nhi\r\n0\r\n\r\n",
        "2 ;a\r\nhi\r\n0\r\n\r\n", "0x2\r\nhi\r\n0\r\n\r\n", "2;a=\"\r\nhi\r\n0\r\n\r\n", "+2\r\nhi\r\n0\r\n\r\n",
        "\r\n",
        "1;\(String(repeating: "e", count: 60_000))", "\(String(repeating: "0", count: 60_000))\r\n",
        "00000000000000001\r\na\r\n", "0\r\nContent-Length: 3\r\n\r\n", "0\r\nX: y\r\ntransfer-encoding: z\r\n\r\n",
        "0\r\nHOST: a\r\n\r\n",
    ])
    func badChunksAreRefused(body: String) async throws {
        try await TestServer.run { server in
            let wire = try Wire(server.port)
            wire.trySend(
                Array("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(body)".utf8))
            let reply = try wire.reply()
            #expect(reply.status == 400, "\(body.prefix(50)): \(reply.status) \(reply.text)")
            expectOneProblem(reply)
            #expect(try wire.untilClosed() == [])
        }
    }

    @Test func tooMuchAroundABodyIsRefused() async throws {
        let trailer = "Trailer: \(String(repeating: "x", count: 20_000))\r\n\r\n"
        let cases = [("fffffffffffffff\r\n", 413), ("100001\r\n", 413), ("0\r\n\(trailer)", 431)]
        try await TestServer.run { server in
            for (body, status) in cases {
                let wire = try Wire(server.port)
                wire.trySend(
                    Array("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(body)".utf8))
                let reply = try wire.reply()
                #expect(reply.status == status, "\(body.prefix(50)): \(reply.status) \(reply.text)")
                expectOneProblem(reply)
                #expect(try wire.untilClosed() == [])
            }
        }
    }

    /// A client that has said all that it will say is told what is missing.
    @Test(arguments: [
        "GET /hello HTTP/1.1\r\nHost: a\r\n", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc",
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    ])
    func halfARequestIsRefused(request: String) async throws {
        try await TestServer.run { server in
            let wire = try Wire(server.port)
            try wire.send(request)
            wire.finishSending()
            let reply = try wire.reply()
            #expect(reply.status == 400)
            expectOneProblem(reply)
            #expect(try wire.untilClosed() == [])
        }
    }

    @Test(arguments: [
        "hello\r\n", "GET\r\n", " / HTTP/1.1\r\n", "\u{16}\u{3}\u{1}\u{2}", String(repeating: "\r\n", count: 9), "\n",
    ])
    func noiseIsRefused(noise: String) async throws {
        try await TestServer.run { server in
            let wire = try Wire(server.port)
            try wire.send(noise)
            let reply = try wire.reply()
            #expect(reply.status == 400)
            expectOneProblem(reply)
            #expect(try wire.untilClosed() == [])
            #expect(server.exchanges.map(\.method) == ["_OTHER"])
        }
    }

    @Test func goodHeadsPassInAnyPieces() async throws {
        let heads = [
            "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /hello?x=%41&y HTTP/1.1\r\nHost:a\r\nEmpty:\r\nBlank: \t \r\nX:\t y \t\r\nCookie: a=b; c=\"d\"\r\n\r\n",
            "GET /%68ello HTTP/1.1\r\nAccept: */*\r\nHost: [::1]:80\r\nX-Text: grün\r\n\r\n",
            "GET /hello HTTP/1.1\r\nHost: \r\n\r\n", "\r\nGET /hello HTTP/1.1\r\nHost: a.b-c_d:\r\n\r\n",
            String(repeating: "\r\n", count: 8) + "GET /hello HTTP/1.1\r\nHost: a\r\nExpect:\r\n\r\n",
            "GET /hello HTTP/1.1\r\nHost: a\r\n" + (0..<100).map { "X-\($0): \($0)\r\n" }.joined() + "\r\n",
            "GET /hello HTTP/1.1\r\nHost: a\r\nLong: " + String(repeating: "x", count: 9_000) + "\r\n\r\n",
        ]
        try await TestServer.run { server in
            let wire = try Wire(server.port)
            for head in heads {
                let bytes = Array(head.utf8)
                for cut in stride(from: 1, to: bytes.count, by: max(1, bytes.count / 60)) {
                    try wire.send(Array(bytes[..<cut]))
                    if cut % 3 == 0 { try eventuallyBlocking("connected") { server.server.openConnections > 0 } }
                    try wire.send(Array(bytes[cut...]))
                    let reply = try wire.reply()
                    #expect(reply.status == 200, "\(head.prefix(200)) cut at \(cut): \(reply.text)")
                }
            }
            wire.close()
        }
    }

    @Test func hugeHeadsAreRefused() async throws {
        let long = String(repeating: "x", count: 100_000)
        let requests: [(String, Int)] = [
            ("GET /\(long) HTTP/1.1\r\nHost: a\r\n\r\n", 414),
            ("GET /hello HTTP/1.1\r\nHost: a\r\nX: \(long)\r\n\r\n", 431),
            ("\(long) / HTTP/1.1\r\nHost: a\r\n\r\n", 414),
            ("GET /hello HTTP/1.1\r\nHost: a\r\n" + String(repeating: "a: b\r\n", count: 10_000) + "\r\n", 431),
            ("GET /query?\(String(repeating: "a&", count: 9_000)) HTTP/1.1\r\nHost: a\r\n\r\n", 414),
            ("GET /\(long.prefix(15_000)) HTTP/1.1\r\nHost: a\r\nX: \(long.prefix(3_000))\r\n\r\n", 414),
            ("GET /hello HTTP/1.1\r\nHost: a\r\nX: \(long.prefix(17_000))\r\n\r\n", 431),
            ("GET /hello HTTP/1.1\r\nHost: a\r\nCookie: \(long.prefix(16_400))\r\n\r\n", 431),
        ]
        try await TestServer.run { server in
            for (request, status) in requests {
                let wire = try Wire(server.port)
                wire.trySend(Array(request.utf8))
                let reply = try wire.reply()
                #expect(reply.status == status, "\(request.prefix(60)): \(reply.status)")
                expectOneProblem(reply)
                #expect(try wire.untilClosed() == [])
            }
        }
    }

    /// Whatever fits in the head's limit is taken.
    @Test func manySmallPartsAreTaken() async throws {
        let heads = [
            "GET /query?\(String(repeating: "a=1&", count: 1_300)) HTTP/1.1\r\nHost: a\r\n",
            "GET /hello HTTP/1.1\r\nHost: a\r\n" + String(repeating: "a: b\r\n", count: 2_000),
            "GET /hello HTTP/1.1\r\nHost: a\r\nCookie: \(String(repeating: "a=b; ", count: 3_000))\r\n",
        ]
        try await TestServer.run { server in
            let wire = try Wire(server.port)
            for head in heads {
                try wire.send(head + "\r\n")
                #expect(try wire.reply().status == 200)
            }
            wire.close()
        }
    }

    @Test func aLargeHeadLeavesRoomForALargeResponse() async throws {
        var router = HTTPRouter()
        let value = String(repeating: "v", count: 3_900)
        router.on("POST", "/") { HTTPResponse(status: 200, headers: [("X", value)], body: $0.body) }
        router.on("GET", "/too-much") { _ in HTTPResponse(status: 200, headers: [("X", value + value)]) }
        router.on("GET", "/nonsense") { _ in HTTPResponse(status: 102) }
        try await TestServer.run({ _ in }, router) { server in
            let wire = try Wire(server.port)
            let body = [UInt8](repeating: 0x62, count: 100_000)
            for filler in [
                "X: \(String(repeating: "x", count: 16_000))\r\n", String(repeating: "ab: cdef\r\n", count: 280),
            ] {
                try wire.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\(filler)\r\n")
                try wire.send(body)
                let reply = try wire.reply()
                #expect(reply.status == 200 && reply["x"] == value && reply.body == body, "\(reply.text.prefix(200))")
            }
            for target in ["/too-much", "/nonsense"] {
                try wire.get(target)
                #expect(try wire.reply().status == 500)
            }
            #expect(server.log.count { $0.contains("can't be sent") } == 2)
            wire.close()
        }
    }
}
