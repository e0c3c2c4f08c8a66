import Dispatch
import HTTPClient
import Testing

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// What is said of a request that did not get its answer. What must end in time ends it, or the suite's limit does: a
/// duration that is measured on Swift's threads has the waits of every other test in it.
@Suite(.timeLimit(.minutes(3))) struct FailureTests {
    /// Bound and not listening, so that nobody else gets the port.
    @Test func aRefusedConnectionIsNotProcessed() async throws {
        let (descriptor, port) = try listeningSocket(backlog: nil)
        defer { close(descriptor) }
        try await withClient { client in
            for (method, body) in [("GET", nil), ("POST", []), ("POST", Array("x".utf8))] as [(String, [UInt8]?)] {
                let error = await client.failure(method, "http://127.0.0.1:\(port)/", body: body)
                #expect(error?.outcome == .notProcessed)
                #expect(error?.message.contains("127.0.0.1:\(port)") == true)
            }
        }
    }

    @Test func anUnknownNameIsNotProcessed() async throws {
        try await withClient { client in
            let error = await client.failure("POST", "http://no-such-name.invalid/", body: [1])
            #expect(error?.outcome == .notProcessed)
        }
    }

    /// A listener whose queue is full drops what asks for a connection.
    @Test func aConnectionThatIsNotMadeIsNotProcessed() async throws {
        let (listener, port) = try listeningSocket(backlog: 0)
        var waiting: [Int32] = []
        defer { for descriptor in waiting + [listener] { close(descriptor) } }
        for _ in 0..<8 {
            #if canImport(Darwin)
                let descriptor = socket(AF_INET, SOCK_STREAM, 0)
            #else
                let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            #endif
            _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            address.sin_port = port.bigEndian
            withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                    _ = connect(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            waiting.append(descriptor)
        }
        try await withClient { client in
            let error = await client.failure("POST", "http://127.0.0.1:\(port)/", body: [1], within: .milliseconds(300))
            #expect(error?.outcome == .notProcessed)
        }
    }

    /// libcurl would send it again by itself on a new connection.
    @Test(
        arguments: [
            ("POST", "x"), ("POST", ""), ("POST", nil), ("PUT", "x"), ("PUT", ""), ("DELETE", nil), ("DELETE", "x"),
            ("PATCH", ""), ("OPTIONS", nil),
        ] as [(String, String?)])
    func isReceivedOnceWhenTheConnectionDies(method: String, body: String?) async throws {
        let server = try RawServer { connection, _ in
            while let request = connection.readRequest() {
                if request.target == "/dies" { return }
                connection.respond()
            }
        }
        try await withClient { client in
            await client.succeed("GET", server.url("/first"))
            await client.succeed("POST", server.url("/second"), body: [1])
            #expect(server.connections == 1)
            let error = await client.failure(method, server.url("/dies"), body: body.map { Array($0.utf8) })
            #expect(error?.outcome == .unknown)
            #expect(error?.message == "\(server.url("/dies")): the connection ended before the answer")
            #expect(server.requests.map(\.target) == ["/first", "/second", "/dies"])
            // The client goes on.
            await client.succeed("POST", server.url("/last"), body: [1])
        }
        #expect(server.requests.filter { $0.target == "/dies" }.count == 1)
    }

    /// A read is sent again, which harms nobody; the second time here it finds no server, but the first one was received.
    @Test func aReadThatIsSentAgainIsUnknownToo() async throws {
        let server = try RawServer { connection, number in
            if number > 0 { return connection.reset() }
            while let request = connection.readRequest() {
                if request.target == "/dies" { return }
                connection.respond()
            }
        }
        try await withClient { client in
            await client.succeed("GET", server.url("/first"))
            #expect(await client.failure("GET", server.url("/dies"))?.outcome == .unknown)
        }
        #expect(server.requests.filter { $0.target == "/dies" }.count == 1)
    }

    /// The connection dies, and libcurl, which would send it again, finds no server: still it was received.
    @Test(arguments: ["GET", "HEAD", "POST", "PUT", "DELETE"], [nil, [], [1]] as [[UInt8]?])
    func isUnknownWhenTheServerGoesAway(method: String, body: [UInt8]?) async throws {
        let (listener, port) = try listeningSocket(backlog: 1)
        startThread {
            let descriptor = accept(listener, nil, nil)
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            close(listener)
            let connection = RawConnection(descriptor, RawServer.Shared())
            _ = connection.readRequest()
            connection.respond()
            _ = connection.readRequest()
            connection.close()
        }
        try await withClient { client in
            await client.succeed("GET", "http://127.0.0.1:\(port)/")
            let error = await client.failure(method, "http://127.0.0.1:\(port)/", body: body)
            #expect(error?.outcome == .unknown)
        }
    }

    @Test func aServerThatNeverAnswersIsUnknownInTime() async throws {
        let server = try RawServer { connection, _ in
            _ = connection.readRequest()
            connection.waitForEnd()
        }
        try await withClient { client in
            let start = ContinuousClock.now
            let error = await client.failure("POST", server.url(), body: [1], within: .seconds(10))
            #expect(error?.outcome == .unknown)
            #expect(ContinuousClock.now - start >= .milliseconds(9_990))
        }
        #expect(server.requests.count == 1)
    }

    @Test func aPassedDeadlineSendsNothing() async throws {
        let server = try RawServer.echo()
        try await withClient { client in
            #expect(await client.failure("POST", server.url(), within: .zero)?.outcome == .notProcessed)
            #expect(await client.failure("POST", server.url(), within: .seconds(-5))?.outcome == .notProcessed)
        }
        #expect(server.connections == 0)
    }

    @Test(arguments: [3_000_000, 10_000_000_000])
    func aFarDeadlineIsFine(seconds: Int) async throws {
        let server = try RawServer.echo()
        try await withClient { client in
            await client.succeed("POST", server.url(), body: [1], within: .seconds(seconds))
        }
    }

    /// Waits behind another call for the only connection until its deadline. The other one holds it until then, however slow
    /// the machine is.
    @Test func aCallThatNeverGotAConnectionIsNotProcessed() async throws {
        let isOver = DispatchSemaphore(value: 0)
        let server = try RawServer { connection, _ in
            _ = connection.readRequest()
            isOver.wait()
        }
        try await withClient(connectionsPerHost: 1) { client in
            async let first = client.failure("POST", server.url("/first"), body: [1], within: .seconds(300))
            await eventually("the first is received") { server.requests.count == 1 }
            let second = await client.failure("POST", server.url("/second"), body: [1], within: .milliseconds(300))
            isOver.signal()
            #expect(second?.outcome == .notProcessed)
            #expect(await first?.outcome == .unknown)
        }
        #expect(server.requests.map(\.target) == ["/first"])
    }

    @Test(arguments: [
        "", "HTTP", "garbage\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n",
    ])
    func aBrokenAnswerIsUnknown(answer: String) async throws {
        let server = try RawServer { connection, _ in
            _ = connection.readRequest()
            connection.write(answer)
            connection.shutDownAndWait()
            connection.waitForEnd()
        }
        try await withClient { client in
            let error = await client.failure("POST", server.url(), body: Array("x".utf8))
            #expect(error?.outcome == .unknown)
        }
        #expect(server.requests.count == 1)
    }

    /// A server that answers before it has read everything, and goes: the answer or an error, but soon.
    @Test func anEarlyAnswerEndsTheCall() async throws {
        let server = try RawServer { connection, _ in
            _ = connection.readHead()
            connection.respond("413 Content Too Large", headers: ["Connection: close"])
        }
        try await withClient { client in
            do throws(HTTPClientError) {
                let response = try await client.call(
                    "POST", server.url(), body: [UInt8](repeating: 1, count: 8 << 20), within: .seconds(600))
                if response.status != 413 { Issue.record("\(response.status)") }
            } catch {
                #expect(error.outcome == .unknown)
            }
        }
    }

    @Test func aLongResponseIsAnError() async throws {
        let server = try RawServer { connection, _ in
            while let request = connection.readRequest() {
                if request.target == "/endless" {
                    connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                    while connection.write("5\r\nabcde\r\n".utf8 + []) {}
                } else if request.target == "/headers" {
                    connection.write("HTTP/1.1 200 OK\r\n")
                    while connection.write(Array("X-Header: \(String(repeating: "h", count: 1_000))\r\n".utf8)) {}
                } else {
                    connection.respond(body: [UInt8](repeating: 1, count: Int(request.target.dropFirst()) ?? 0))
                }
            }
        }
        try await withClient(maximumResponse: 1_000) { client in
            await client.succeed("GET", server.url("/1000"))
            for path in ["/1001", "/1000000", "/endless"] {
                let error = await client.failure("GET", server.url(path))
                #expect(error?.outcome == .unknown)
                #expect(error?.message == "\(server.url(path)): the response is longer than 1000 bytes")
            }
            let error = await client.failure("GET", server.url("/headers"))
            #expect(error?.message == "\(server.url("/headers")): the response's headers are longer than 262144 bytes")
            await client.succeed("GET", server.url("/999"))
        }
    }

    /// libcurl calls it a success.
    @Test(arguments: ["HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 201 Created\r\nDate: x\r\nX-A: b\r\n"])
    func aHeadThatIsCutIsUnknown(_ head: String) async throws {
        let server = try RawServer { connection, _ in
            _ = connection.readRequest()
            connection.write(head)
            connection.shutDownAndWait()
            connection.waitForEnd()
        }
        try await withClient { client in
            #expect(await client.failure("POST", server.url(), body: [1])?.outcome == .unknown)
        }
        #expect(server.requests.count == 1)
    }
}
