import HTTPServer
import Testing

@Suite struct BodyTests {
    @Test func echoesBodies() async throws {
        try await TestServer.run { server in
            let wire = try Wire(server.port)
            for size in [0, 1, 1_000, 70_000, 1 << 20] {
                for target in ["/echo", "/later"] {
                    let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
                    try wire.send("POST \(target) HTTP/1.1\r\nHost: a\r\nContent-Length: \(size)\r\n\r\n")
                    try wire.send(body)
                    let reply = try wire.reply()
                    #expect(reply.status == 200 && reply.body == body)
                }
            }
            wire.close()
        }
    }

    @Test func readsChunkedBodies() async throws {
        try await TestServer.run { server in
            let wire = try Wire(server.port)
            let head = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            try wire.send(head + "5\r\nhello\r\n1;ext=1;a;b=\"q;\\\"\"\r\n \r\n5\r\nworld\r\n0\r\n\r\n")
            #expect(try wire.reply().text == "hello world")
            try wire.send(head.replacing("chunked", with: "Chunked ") + "0\r\nTrailer: x\r\n\r\n")
            #expect(try wire.reply().text == "")
            // Byte by byte
            for byte in (head + "3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n").utf8 { try wire.send([byte]) }
            #expect(try wire.reply().text == "abc0123456789")
            wire.close()
        }
    }

    @Test func continuesWhenAsked() async throws {
        try await TestServer.run { server in
            let wire = try Wire(server.port)
            try wire.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
            #expect(try wire.reply().status == 100)
            try wire.send("hello")
            #expect(try wire.reply().text == "hello")
            // No "100 Continue" for what is refused anyway.
            try wire.send("POST /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
            #expect(try wire.reply().status == 404)
            try wire.untilClosed()
            let second = try Wire(server.port)
            try second.send("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\nExpect: 100-continue\r\n\r\n")
            #expect(try second.reply().status == 413)
            try second.untilClosed()
        }
    }

    @Test func refusesTooMuchAsSoonAsItIsAnnounced() async throws {
        try await TestServer.run { server in
            for length in ["11", "1000000000000", "99999999999999999999"] {
                let wire = try Wire(server.port)
                try wire.send("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\n\r\n")
                let reply = try wire.reply()
                #expect(reply.status == 413, "\(length)")
                wire.close()
            }
            let wire = try Wire(server.port)
            try wire.send("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789")
            #expect(try wire.reply().text == "10")
            wire.close()
        }
    }

    /// A client that writes all it has before it reads must not lose the answer to a reset.
    @Test(arguments: [true, false])
    func answersTooMuchToAClientThatWritesFirst(isChunked: Bool) async throws {
        try await TestServer.run { server in
            let wire = try Wire(server.port)
            let piece = [UInt8](repeating: 0x61, count: 4 << 20)
            if isChunked {
                try wire.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n400000\r\n")
                try wire.send(piece + Array("\r\n0\r\n\r\n".utf8))
            } else {
                try wire.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: \(piece.count)\r\n\r\n")
                try wire.send(piece)
            }
            let reply = try wire.reply()
            #expect(reply.status == 413 && reply.text.hasPrefix("refused"))
            #expect(reply["connection"] == "close" && reply["date"] != nil)
            try wire.untilClosed()
            try eventuallyBlocking("observed") { server.exchanges.count == 1 }
            #expect(server.exchanges.first?.status == 413)
        }
    }

    @Test func sendsLargeBodies() async throws {
        try await TestServer.run { server in
            let wire = try Wire(server.port)
            for _ in 0..<2 {
                try wire.get("/large")
                #expect(try wire.reply().body.count == 20_000_000)
            }
            wire.close()
        }
    }
}
