import HTTPServer
import Testing

/// Keep-alive, pipelining, HTTP/1.0, half-closed clients and those that vanish.
@Suite struct ConnectionTests {
    @Test func keepsConnections() async throws {
        try await TestServer.run { server in
            let wire = try Wire(server.port)
            for index in 0..<100 {
                try wire.get(index % 2 == 0 ? "/hello" : "/later")
                let reply = try wire.reply()
                #expect(reply.status == 200 && reply["connection"] == nil)
            }
            #expect(server.server.openConnections == 1)
            try wire.get("/hello", "Connection: close\r\n")
            #expect(try wire.reply()["connection"] == "close")
            try wire.untilClosed()
            try eventuallyBlocking("observed") { server.exchanges.count == 101 }
            #expect(server.exchanges.allSatisfy { $0.status == 200 && $0.method == "GET" && $0.nanoseconds > 0 })
            #expect(Set(server.exchanges.map(\.route)) == ["/hello", "/later"])
        }
    }

    @Test func answersPipelinedRequestsInOrder() async throws {
        try await TestServer.run { server in
            let wire = try Wire(server.port)
            var requests = ""
            for index in 0..<50 {
                requests += "GET /\(index % 3 == 0 ? "query" : "later")?i=\(index) HTTP/1.1\r\nHost: a\r\n\r\n"
                requests += "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n\(index + 100)"
            }
            try wire.send(requests)
            for index in 0..<50 {
                #expect(try wire.reply().text == (index % 3 == 0 ? "i=\(index)" : "later \(index)"))
                #expect(try wire.reply().text == "\(index + 100)")
            }
            wire.close()
        }
    }

    @Test func speaksHTTP10() async throws {
        try await TestServer.run { server in
            let wire = try Wire(server.port)
            try wire.send("GET /hello HTTP/1.0\r\n\r\n")
            #expect(try wire.reply().text == "hello")
            try wire.untilClosed()
            let lasting = try Wire(server.port)
            for target in ["/hello", "/later", "/hello"] {
                try lasting.send("GET \(target) HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                let reply = try lasting.reply()
                #expect(reply.status == 200 && reply["connection"]?.lowercased() == "keep-alive")
            }
            try lasting.send("POST /echo HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi")
            #expect(try lasting.reply().text == "hi")
            try lasting.untilClosed()
        }
    }

    /// With the request, and while the handler is suspended; with an older connection open, which made a difference.
    @Test func answersClientsThatHaveFinishedSending() async throws {
        try await TestServer.run { server in
            let older = try Wire(server.port)
            try older.get("/hello")
            _ = try older.reply()
            for target in ["/hello", "/later", "/large"] {
                let wire = try Wire(server.port)
                try wire.get(target)
                wire.finishSending()
                #expect(try wire.reply().status == 200, "\(target)")
                // Its end came with the request, so a sweep has to find it, long before the idle timeout.
                try wire.untilClosed(within: 10)
            }
            older.close()
        }
    }

    @Test func cleansUpAfterClientsThatVanish() async throws {
        try await TestServer.run { server in
            for round in 0..<10 {
                for request in [
                    "", "GET /hel", "GET /hello HTTP/1.1\r\nHost", "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n",
                    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc",
                    "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe",
                    "GET /later HTTP/1.1\r\nHost: a\r\n\r\n", "GET /large HTTP/1.1\r\nHost: a\r\n\r\n",
                ] {
                    let wire = try Wire(server.port)
                    try wire.send(request)
                    if round % 2 == 0 { wire.close() } else { wire.reset() }
                }
            }
            // In the middle of a response that does not fit the buffers
            let reader = try Wire(server.port, receiveBuffer: 8_192)
            try reader.get("/large")
            _ = try reader.reply(toHead: true)
            reader.reset()
            try eventuallyBlocking("gone") { server.server.openConnections == 0 }
            let wire = try Wire(server.port)
            try wire.get("/hello")
            #expect(try wire.reply().status == 200)
            wire.close()
        }
    }

    @Test func resumesManyHandlersFromOtherThreads() async throws {
        try await TestServer.run({ $0.loops = 3 }) { server in
            let wires = try (0..<120).map { _ in try Wire(server.port) }
            for round in 0..<20 {
                for (index, wire) in wires.enumerated() { try wire.get("/later?i=\(index)-\(round)") }
                for (index, wire) in wires.enumerated() {
                    #expect(try wire.reply().text == "later \(index)-\(round)")
                }
            }
            #expect(server.server.openConnections == wires.count)
            wires.forEach { $0.close() }
        }
    }

    /// A handler is on its loop's thread before and after every await.
    @Test func handlersStayOnTheirLoop() async throws {
        var router = HTTPRouter()
        router.on("GET", "/") { _ in
            var threads = Set([currentThread()])
            for _ in 0..<5 {
                await fromAnotherThread()
                threads.insert(currentThread())
            }
            async let child = currentThread()
            threads.insert(await child)
            return HTTPRouter.text(threads.map(String.init).joined(separator: ","))
        }
        try await TestServer.run({ _ in }, router) { server in
            var seen = Set<String>()
            let wires = try (0..<10).map { _ in try Wire(server.port) }
            for wire in wires { try wire.get("/") }
            for wire in wires { seen.insert(try wire.reply().text) }
            #expect(seen.count == 1 && seen.first?.contains(",") == false, "\(seen)")
            wires.forEach { $0.close() }
        }
    }

    @Test func listensOnIPv6() async throws {
        try await TestServer.run({ $0.host = "::1" }) { server in
            let wire = try Wire(server.port, host: "::1")
            try wire.get("/later")
            #expect(try wire.reply().status == 200)
            wire.close()
        }
        try await TestServer.run({ $0.host = "0.0.0.0" }) { server in
            let wire = try Wire(server.port)
            try wire.get("/hello")
            #expect(try wire.reply().status == 200)
            wire.close()
        }
    }
}
