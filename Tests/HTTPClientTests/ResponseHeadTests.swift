import HTTPClient
import Testing

/// What a response's head says, and that nothing of one call is left over for the next.
@Suite struct ResponseHeadTests {
    @Test func fieldsAreTakenWithoutTheWhiteSpaceAroundThem() async throws {
        let fields = ["X-Plain: a b", "X-Tabs:\t c \t", "X-None:", "X-Blank:   ", "X-Colons: a:b:c"]
        let server = try RawServer { connection, _ in
            while connection.readRequest() != nil { connection.respond(headers: fields) }
        }
        try await withClient { client in
            let response = try await client.call("GET", server.url())
            #expect(response.header("x-plain") == "a b")
            #expect(response.header("x-tabs") == "c")
            #expect(response.header("x-none") == "")
            #expect(response.header("x-blank") == "")
            #expect(response.header("x-colons") == "a:b:c")
        }
    }

    @Test func aCallHasNothingOfTheOneBefore() async throws {
        let server = try RawServer.echo()
        try await withClient { client in
            _ = try await client.call("POST", server.url("/one"), headers: [("X-One", "1")], body: Array("one".utf8))
            _ = try await client.call("GET", server.url("/two"), headers: [("X-Two", "2")])
            _ = try await client.call("HEAD", server.url("/three"))
            let response = try await client.call("PUT", server.url("/four"), body: Array("four".utf8))
            #expect(response.body == Array("four".utf8))
        }
        #expect(server.requests.map(\.method) == ["POST", "GET", "HEAD", "PUT"])
        #expect(server.requests.map { $0.header("x-one") } == ["1", nil, nil, nil])
        #expect(server.requests.map { $0.header("x-two") } == [nil, "2", nil, nil])
        #expect(server.requests.map(\.body) == [Array("one".utf8), [], [], Array("four".utf8)])
    }
}
