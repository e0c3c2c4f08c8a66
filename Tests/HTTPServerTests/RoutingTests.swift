import Testing

@testable import HTTPServer

@Suite struct RoutingTests {
    @Test func findsRoutesAndParameters() async throws {
        let cases: [(String, String)] = [
            ("/", "root"), ("/hello", "hello"), ("/%68ello", "hello"), ("http://elsewhere:80/hello", "hello"),
            ("/items/7", "id=7 route=/items/{id}"), ("/items/all", "all"), ("/items/a/parts/b", "a,b"),
            ("/items/a%2Fb", "id=a/b route=/items/{id}"), ("/items/100%25", "id=100% route=/items/{id}"),
            ("/items/%F0%9F%8D%8B", "id=🍋 route=/items/{id}"), ("/items/a+b", "id=a+b route=/items/{id}"),
            ("/items/all/parts/x", "all,x"), ("/items/a%3Fb?c", "id=a?b route=/items/{id}"),
        ]
        try await TestServer.run { server in
            let wire = try Wire(server.port)
            for (target, answer) in cases {
                try wire.get(target)
                let reply = try wire.reply()
                #expect(reply.status == 200 && reply.text == answer, "\(target): \(reply.status) \(reply.text)")
            }
            wire.close()
        }
    }

    @Test func decodesQueries() async throws {
        let cases: [(String, String)] = [
            ("?a=1&b=2&a=3", "a=1;b=2;a=3"), ("?a&b=", "a=;b="), ("?a=x+y%2Bz", "a=x y+z"), ("?", ""),
            ("?&&a=b&", "a=b"),
            ("?%C3%A4=%26", "ä=&"), ("?a=b=c", "a=b=c"), ("?a=?/", "a=?/"), ("?=v", "=v"),
        ]
        try await TestServer.run { server in
            let wire = try Wire(server.port)
            for (query, answer) in cases {
                try wire.get("/query" + query)
                let reply = try wire.reply()
                #expect(reply.text == answer, "\(query): \(reply.text)")
            }
            wire.close()
        }
    }

    @Test(arguments: [
        "/items/%", "/items/%4", "/items/%zz", "/items/%00", "/items/%ff", "/items/%C3", "/query?a=%G0", "/query?a=%00",
        "/items/\u{E4}", "/hello#part", "/items/%ED%A0%80",
    ])
    func refusesBadTargets(target: String) async throws {
        try await TestServer.run { server in
            let wire = try Wire(server.port)
            try wire.get(target)
            #expect(try wire.reply().status == 400)
            try wire.untilClosed()
        }
    }

    @Test func saysWhatTheServerTakes() async throws {
        try await TestServer.run { server in
            let wire = try Wire(server.port)
            try wire.send("OPTIONS * HTTP/1.1\r\nHost: test\r\n\r\n")
            let reply = try wire.reply()
            #expect(reply.status == 204 && reply["allow"] == "DELETE, GET, HEAD, OPTIONS, POST", "\(reply.headers)")
            try wire.get("/hello")
            #expect(try wire.reply().text == "hello")
            wire.close()
        }
    }

    @Test func saysWhatAPathTakes() async throws {
        try await TestServer.run { server in
            let wire = try Wire(server.port)
            for method in ["POST", "BREW", "CONNECT"] {
                try wire.send("\(method) /items/7 HTTP/1.1\r\nHost: test\r\n\r\n")
                let reply = try wire.reply()
                #expect(reply.status == 405 && reply["allow"] == "DELETE, GET, HEAD, OPTIONS", "\(method) \(reply)")
                #expect(reply["content-type"] == "application/problem+json")
            }
            try wire.send("OPTIONS /items/7 HTTP/1.1\r\nHost: test\r\n\r\n")
            let options = try wire.reply()
            #expect(options.status == 204 && options["allow"] == "DELETE, GET, HEAD, OPTIONS", "\(options)")
            #expect(options["content-length"] == nil)
            for target in ["/nothing", "/items", "/items/", "/items/7/", "//hello", "/hello/", "/items//parts/x"] {
                try wire.get(target)
                #expect(try wire.reply().status == 404, "\(target)")
            }
            // A body that nobody wants is read, so that the answer arrives and the connection lives on.
            try wire.send("POST /nothing HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\nhello")
            #expect(try wire.reply().status == 404)
            try wire.send("DELETE /items/7 HTTP/1.1\r\nHost: test\r\n\r\n")
            #expect(try wire.reply().status == 204)
            try wire.get("/hello")
            #expect(try wire.reply().status == 200)
            wire.close()
        }
    }

    /// Whatever the server answers by itself: who reads it takes it for what it says it is, and no cache keeps it.
    @Test(arguments: [
        "GET /hello", "HEAD /hello", "POST /echo", "GET /nothing", "PATCH /hello", "OPTIONS /hello", "OPTIONS *",
        "G(T /hello", "DELETE /items/1",
    ])
    func everyAnswerIsGuarded(_ request: String) async throws {
        try await TestServer.run { server in
            let wire = try Wire(server.port)
            try wire.send("\(request) HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
            let reply = try wire.reply(toHead: request.hasPrefix("HEAD"))
            for (name, value) in [("x-content-type-options", "nosniff"), ("cache-control", "no-store")] {
                #expect(
                    reply.headers.filter { $0.name.lowercased() == name }.map(\.value) == [value], "\(reply.headers)")
            }
        }
    }

    @Test func aHandlerMaySayWhatCachesDo() async throws {
        var router = HTTPRouter()
        router.on("GET", "/") { _ in HTTPResponse(status: 200, headers: [("cache-control", "no-cache")]) }
        try await TestServer.run({ _ in }, router) { server in
            let wire = try Wire(server.port)
            try wire.get("/")
            let reply = try wire.reply()
            #expect(reply.headers.filter { $0.name.lowercased() == "cache-control" }.map(\.value) == ["no-cache"])
        }
    }

    @Test func answersHeadLikeGetWithoutTheBody() async throws {
        try await TestServer.run { server in
            let wire = try Wire(server.port)
            for target in ["/hello", "/later", "/nothing"] {
                try wire.get(target)
                let get = try wire.reply()
                try wire.send("HEAD \(target) HTTP/1.1\r\nHost: test\r\n\r\n")
                let head = try wire.reply(toHead: true)
                #expect(head.status == get.status)
                #expect(head.headers.map(\.name).sorted() == get.headers.map(\.name).sorted())
                #expect(head["content-length"] == get["content-length"])
            }
            try wire.get("/hello")
            #expect(try wire.reply().text == "hello")
            wire.close()
        }
    }

    @Test func textGoesBeforeAParameter() {
        var router = HTTPRouter()
        router.on("GET", "/a/{x}/c") { _ in HTTPRouter.text("parameter") }
        router.on("GET", "/a/b/d") { _ in HTTPRouter.text("text") }
        #expect(router.patternMatching("GET", ["a", "b", "c"]) == "/a/{x}/c")
        #expect(router.patternMatching("GET", ["a", "b", "d"]) == "/a/b/d")
        #expect(router.patternMatching("GET", ["a", "x", "d"]) == nil)
    }

    /// What is refused on purpose is not told to be there, by OPTIONS or a 405.
    @Test func whatIsNotOfferedIsNotThere() {
        var router = HTTPRouter()
        router.on("GET", "/metrics", isOffered: false) { _ in HTTPRouter.text("elsewhere") }
        #expect(router.patternMatching("GET", ["metrics"]) == "/metrics")
        for method in ["OPTIONS", "DELETE"] {
            guard case .nothing = router.match(method, PathSegments(["metrics"])) else {
                Issue.record("\(method) is answered")
                continue
            }
        }
    }

    @Test func headersAreFoundInAnyCase() {
        let headers = HTTPHeaders([("Accept", "a"), ("X-Id", "1"), ("accept", "b"), ("Empty", "")])
        #expect(headers["ACCEPT"] == "a")
        #expect(headers.all("accept") == ["a", "b"])
        #expect(headers["x-id"] == "1" && headers["empty"] == "" && headers["x-i"] == nil)
        #expect(headers.list.map(\.name) == ["Accept", "X-Id", "accept", "Empty"])
    }
}

extension HTTPRouter {
    fileprivate func patternMatching(_ method: String, _ segments: [String]) -> String? {
        if case .route(let route, _) = match(method, PathSegments(segments)) { return route.pattern }
        return nil
    }
}
