import Databases
import HTTPServer
import JSON
import Testing

@testable import HTTPAPI

@Suite struct PageTests {
    private static let colour = QueryParameter("colour", .text(limit: 2_000), description: "")

    private static let cursors = Cursors.ofThisProcess()

    private func call(_ query: [(String, String)], path: String = "/a%20b") throws -> Call {
        let items = query.map { HTTPQueryItem(name: $0.0, value: $0.1) }
        let request = HTTPRequest(method: "GET", target: "", path: path, query: items, route: "/{name}")
        let values = try QueryValues(items, [Self.colour] + Page.query, of: "")
        return Call(request, values, RequestTrace(request), cursors: Self.cursors)
    }

    /// The answer to a request for a list of two.
    private func answer(hasMore: Bool, _ query: [(String, String)] = []) async throws -> HTTPResponse {
        let listed = Listed<Int64>([(99, 1), (98, 2)], hasMore: hasMore)
        return await listed.response("numbers", to: try call(query)) { $1.int($0) }
    }

    /// The cursor that an answer has.
    private func cursor(_ query: [(String, String)] = []) async throws -> String {
        let text = String(decoding: try await answer(hasMore: true, query).body, as: UTF8.self)
        return try String(#require(text.split(separator: "\"").last { $0.utf8.count == Cursors.length }))
    }

    @Test func aPageIsAsItIsAskedFor() async throws {
        #expect(try call([]).page() == Page(limit: 50, after: nil))
        #expect(try call([("limit", "7"), ("cursor", "")]).page() == Page(limit: 7, after: nil))
        let cursor = try await cursor()
        #expect(try call([("cursor", cursor), ("limit", "3")]).page() == Page(limit: 3, after: 98))
    }

    /// A list's cursor goes on with that list: the same route, chosen alike.
    @Test func aCursorIsOfItsList() async throws {
        let cursor = try await cursor([("colour", "red")])
        #expect(try call([("cursor", cursor), ("colour", "red")]).page().after == 98)
        for other in [
            try call([("cursor", cursor)]), try call([("cursor", cursor), ("colour", "blue")]),
            try call([("cursor", cursor), ("colour", "red")], path: "/other"), try call([("cursor", "p62")]),
        ] {
            let problem = #expect(throws: Problem.self) { try other.page() }
            #expect(problem?.status == 422 && problem?.errors.map(\.field) == ["cursor"])
        }
    }

    @Test func theNextCursorIsThereOnlyWhenThereIsMore() async throws {
        let last = try await answer(hasMore: false)
        #expect(String(decoding: last.body, as: UTF8.self) == #"{"numbers":[1,2],"next_cursor":null}"#)
        #expect(!last.headers.contains { $0.name == "link" })
        let first = try await answer(hasMore: true)
        let cursor = try await cursor()
        #expect(String(decoding: first.body, as: UTF8.self) == #"{"numbers":[1,2],"next_cursor":"\#(cursor)"}"#)
    }

    /// What is stored in so many bytes may take twice as many, for each quotation mark is escaped.
    @Test func anAnswerEndsByBytes() async throws {
        let text = String(repeating: "\"", count: 150_000)
        func pages(of count: Int) async throws -> [(size: Int, items: Int, next: Int64?)] {
            var pages: [(size: Int, items: Int, next: Int64?)] = []
            var rest = (1...Int64(count)).map { (position: 100 - $0, item: text) }
            var query: [(String, String)] = []
            repeat {
                let response = await Listed(rest, hasMore: false).response("texts", to: try call(query)) {
                    $1.string($0)
                }
                let items = response.body.split(separator: UInt8(ascii: ",")).count - 1
                let body = String(decoding: response.body.suffix(60), as: UTF8.self)
                let cursor = body.firstMatch(of: /"next_cursor":"([^"]+)"}$/).map { String($0.output.1) }
                #expect((cursor == nil) == body.hasSuffix(#","next_cursor":null}"#))
                #expect((cursor == nil) == !response.headers.contains { $0.name == "link" })
                query = cursor.map { [("cursor", $0)] } ?? []
                let after = cursor == nil ? nil : try call(query).page().after
                pages.append((response.body.count, items, after))
                rest.removeAll { one in after.map { one.position >= $0 } ?? true }
            } while !rest.isEmpty && pages.count < 10
            return pages
        }
        let seven = try await pages(of: 7)
        #expect(seven.map(\.items) == [3, 3, 1] && seven.map(\.next) == [97, 94, nil])
        #expect(seven.allSatisfy { $0.size < Page.mostBytes + 100 })
        // One that is larger by itself is a page.
        let large = String(repeating: "\"", count: Page.mostBytes)
        let listed = Listed<String>([(9, large), (8, large)], hasMore: false)
        let alone = await listed.response("texts", to: try call([])) { $1.string($0) }
        #expect((2 * Page.mostBytes..<2 * Page.mostBytes + 100).contains(alone.body.count))
        #expect(alone.headers.contains { $0.name == "link" })
    }

    @Test func theNextPageIsLinked() async throws {
        func link(_ query: [(String, String)]) async throws -> String? {
            try await answer(hasMore: true, query).headers.first { $0.name == "link" }?.value
        }
        #expect(try await link([]) == "</a%20b?cursor=\(try await cursor())>; rel=\"next\"")
        let cursor = try await cursor([("colour", "a&b >ü")])
        #expect(
            try await link([("cursor", "x"), ("colour", "a&b >ü"), ("limit", "2")])
                == "</a%20b?colour=a%26b%20%3E%C3%BC&limit=2&cursor=\(cursor)>; rel=\"next\"")
        // All fields of an answer together have to fit into 4 KiB.
        #expect(try await link([("colour", String(repeating: "%", count: 2_000))]) == nil)
    }
}

@Suite struct ProblemTests {
    @Test func isADocumentOfRFC9457() throws {
        var problem = Problem.invalidFields([JSONFieldError(field: "items[0].quantity", message: "must be \"1\"")])
        problem.retryAfter = 7
        problem.members = [("shortages", Array("[1]".utf8))]
        let response = problem.response(trace: "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(response.status == 422)
        #expect(response.headers.contains { $0.name == "content-type" && $0.value == "application/problem+json" })
        #expect(response.headers.contains { $0.name == "retry-after" && $0.value == "7" })
        #expect(
            String(decoding: response.body, as: UTF8.self) == #"""
                {"type":"/problems/invalid-fields","title":"Invalid fields","status":422,\#
                "detail":"One field is not as it should be. Nothing was changed.",\#
                "trace_id":"4bf92f3577b34da6a3ce929d0e0e4736",\#
                "errors":[{"field":"items[0].quantity","message":"must be \"1\""}],"shortages":[1]}
                """#)
    }

    @Test func whatACallerSentIsCut() throws {
        let long = String(repeating: "ü", count: 10_000)
        var problem = Problem.invalidFields(Array(repeating: JSONFieldError(field: long, message: long), count: 5_000))
        problem.detail = long
        #expect(problem.response().body.count < 128 << 10)
        #expect(Problem.notFound("order \(long)").response().body.count < 2_000)
        #expect("aüü".excerpt(2) == "a…")
        #expect("aüü".excerpt(5) == "aüü")
        #expect("aüü".excerpt(0) == "…")
    }

    @Test func aRefusalNamesWhatIsAllowed() {
        let response = Problem.refusal(HTTPRefusal(405, "no", allow: ["GET", "POST"], to: nil))
        #expect(response.headers.contains { $0.name == "allow" && $0.value == "GET, POST" })
    }
}

@Suite struct PercentEncodingTests {
    @Test func onlyUnreservedCharactersStay() {
        #expect(PercentEncoding.segment("a-Z_0.~") == "a-Z_0.~")
        #expect(PercentEncoding.segment("a/b c%🎁\u{1}") == "a%2Fb%20c%25%F0%9F%8E%81%01")
    }
}
