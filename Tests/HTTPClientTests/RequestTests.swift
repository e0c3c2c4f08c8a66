import HTTPClient
import Testing

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// What goes over the wire, and what comes of the answer.
@Suite struct RequestTests {
    @Test(
        arguments: [
            ("GET", nil), ("GET", "x"), ("DELETE", nil), ("DELETE", ""), ("DELETE", "x"), ("OPTIONS", nil),
            ("POST", nil),
            ("POST", ""), ("POST", "x"), ("PUT", nil), ("PUT", ""), ("PUT", "{\"a\":1}"), ("PATCH", nil),
            ("PATCH", "x"),
        ] as [(String, String?)])
    func sendsMethodsAndBodies(method: String, body: String?) async throws {
        let server = try RawServer.echo()
        try await withClient { client in
            // Twice, so that the second may go over a kept connection.
            for _ in 0..<2 {
                let response = try await client.call(
                    method, server.url("/a%20b?c=d"), headers: [("X-One", "1"), ("X-Empty", ""), ("X-Blank", "  ")],
                    body: body.map { Array($0.utf8) })
                #expect(response.status == 200)
                #expect(response.body == Array((body ?? "").utf8))
            }
        }
        #expect(server.requests.count == 2)
        for request in server.requests {
            #expect(request.method == method)
            #expect(request.target == "/a%20b?c=d")
            #expect(request.body == Array((body ?? "").utf8))
            #expect(request.header("host") == "127.0.0.1:\(server.port)")
            #expect(request.header("x-one") == "1")
            #expect(request.header("x-empty") == "")
            #expect(request.header("x-blank") == "")
            #expect(request.header("expect") == nil)
            #expect(request.header("content-type") == nil)
            #expect(request.header("transfer-encoding") == nil)
            let hasLength = body != nil || ["POST", "PUT", "PATCH"].contains(method)
            #expect(request.header("content-length") == (hasLength ? "\(body?.utf8.count ?? 0)" : nil))
        }
    }

    @Test func sendsTheContentTypeThatIsGiven() async throws {
        let server = try RawServer.echo()
        try await withClient { client in
            _ = try await client.call(
                "POST", server.url(), headers: [("content-Type", "application/json")], body: Array("{}".utf8))
        }
        #expect(
            server.requests.first?.headers.filter { $0.name.lowercased() == "content-type" }.map(\.value) == [
                "application/json"
            ])
    }

    @Test func headHasNoBody() async throws {
        let server = try RawServer { connection, _ in
            while connection.readRequest() != nil { connection.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n") }
        }
        try await withClient { client in
            for body in [nil, Array("ignored".utf8)] {
                let response = try await client.call("HEAD", server.url(), body: body)
                #expect(response.status == 200)
                #expect(response.header("content-length") == "5")
                #expect(response.body == [])
            }
        }
        #expect(server.requests.map(\.method) == ["HEAD", "HEAD"])
        #expect(server.requests.map(\.body) == [[], []])
        #expect(server.connections == 1)
    }

    @Test(arguments: ["200 OK", "201 Created", "302 Found", "400 Bad Request", "404 Not Found", "500 Oh", "503 "])
    func anyStatusIsAResponse(status: String) async throws {
        let server = try RawServer { connection, _ in
            while connection.readRequest() != nil {
                connection.respond(status, headers: ["Location: /elsewhere"], body: Array("b".utf8))
            }
        }
        let response = try await withClient { client in try await client.call("POST", server.url(), body: []) }
        #expect("\(response.status)" == status.prefix(3))
        #expect(response.body == Array("b".utf8))
        #expect(server.requests.count == 1)
    }

    @Test(arguments: ["204 No Content", "304 Not Modified"])
    func statusesWithoutABody(status: String) async throws {
        let server = try RawServer { connection, _ in
            while connection.readRequest() != nil { connection.write("HTTP/1.1 \(status)\r\n\r\n") }
        }
        try await withClient { client in
            for _ in 0..<2 {
                let response = try await client.call("GET", server.url())
                #expect("\(response.status)" == status.prefix(3))
                #expect(response.body == [])
            }
        }
        #expect(server.connections == 1)
    }

    @Test func findsHeaders() async throws {
        let server = try RawServer { connection, _ in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n")
            connection.write(
                "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Twice:  a \t\r\nx-twice: b\r\nX-Empty:\r\nX-Colon: a:b\r\n\r\n"
            )
            connection.waitForEnd()
        }
        let response = try await withClient { client in try await client.call("GET", server.url()) }
        #expect(response.status == 200)
        #expect(response.header("X-TWICE") == "a")
        #expect(response.headers.filter { $0.name.lowercased() == "x-twice" }.map(\.value) == ["a", "b"])
        #expect(response.header("x-empty") == "")
        #expect(response.header("x-colon") == "a:b")
        #expect(response.header("x-early") == nil)
        #expect(response.header("link") == nil)
        #expect(response.header("x") == nil)
    }

    @Test func readsChunks() async throws {
        let server = try RawServer { connection, _ in
            while connection.readRequest() != nil {
                connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
                connection.write("2\r\nde\r\n0\r\nX-Trailer: t\r\n\r\n")
            }
        }
        try await withClient { client in
            for _ in 0..<2 {
                let response = try await client.call("GET", server.url())
                #expect(response.body == Array("abcde".utf8))
                #expect(response.header("x-trailer") == "t")
            }
        }
        #expect(server.connections == 1)
    }

    @Test(arguments: [1, 16_384, 1 << 20, 1 << 20 + 1, 8 << 20])
    func bodiesOfAnySizeComeThrough(size: Int) async throws {
        let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        let server = try RawServer.echo()
        try await withClient { client in
            let response = try await client.call("POST", server.url(), body: body)
            let isSame = response.body == body
            #expect(isSame)
        }
        #expect(server.requests.first?.header("expect") == nil)
    }

    @Test(arguments: [
        "", "not a url", "/path", "http://", "http://127.0.0.1:99999/", "ftp://127.0.0.1/", "file:///etc/hostname",
        "http://127.0.0.1/a b", "http://127.0.0.1/\r\nX: y", "http://127.0.0.1/\0",
    ])
    func refusesWhatIsNoURL(url: String) async throws {
        try await withClient { client in
            #expect(await client.failure("GET", url)?.outcome == .notProcessed)
        }
    }

    @Test func refusesWhatWouldSmuggle() async throws {
        let server = try RawServer.echo()
        try await withClient { client in
            for header in [
                ("X", "a\r\nY: b"), ("X", "a\nb"), ("X", "a\0b"), ("X: y\r\nZ", "a"), ("", "a"), ("X Y", "a"),
                ("X:", "a"),
            ] {
                #expect(await client.failure("GET", server.url(), headers: [header])?.outcome == .notProcessed)
            }
            for method in ["", "GET /x HTTP/1.1\r\nX:", "GE T", "G\0T"] {
                #expect(await client.failure(method, server.url())?.outcome == .notProcessed)
            }
            await client.succeed("GET", server.url(), headers: [("X", "é\t\"ok\"")])
        }
        #expect(server.requests.count == 1)
    }

    @Test func theEnvironmentsProxyIsIgnored() async {
        await #expect(processExitsWith: .success) {
            let (descriptor, port) = try listeningSocket(backlog: nil)
            for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
                setenv(name, "http://127.0.0.1:\(port)", 1)
            }
            unsetenv("no_proxy")
            unsetenv("NO_PROXY")
            let server = try RawServer.echo()
            let response = try await withClient { client in try await client.call("GET", server.url()) }
            #expect(response.status == 200)
            close(descriptor)
        }
    }
}
