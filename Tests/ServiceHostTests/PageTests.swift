import HTTPServer
import JSON
import Testing

@testable import ServiceHost

@Suite struct PageTests {
    @Test(arguments: [0, 1, 15, 16, 255, Int64.max]) func cursorsComeBack(_ position: Int64) {
        #expect(Cursor.position(Cursor.text(position)) == position)
    }

    @Test(arguments: ["", "p", "0", "p-1", "p+1", "P1", "p01", "pg", "p8000000000000000", "p1 "])
    func nonsenseIsNoCursor(_ text: String) {
        #expect(Cursor.position(text) == nil)
    }

    @Test func theNextCursorIsThereOnlyWhenThereIsMore() async {
        func body(hasMore: Bool) async -> String {
            let listed = Listed<Int64>([(99, 1), (98, 2)], hasMore: hasMore)
            return String(decoding: await listed.response("numbers") { $1.int($0) }.body, as: UTF8.self)
        }
        #expect(await body(hasMore: false) == #"{"numbers":[1,2],"next_cursor":null}"#)
        #expect(await body(hasMore: true) == #"{"numbers":[1,2],"next_cursor":"p62"}"#)
    }
}

@Suite struct ProblemTests {
    @Test func isADocumentOfRFC9457() throws {
        var problem = Problem.invalidFields([JSONFieldError(field: "items[0].quantity", message: "must be \"1\"")])
        problem.retryAfter = 7
        problem.members = [("shortages", Array("[1]".utf8))]
        let response = problem.response()
        #expect(response.status == 422)
        #expect(response.headers.contains { $0.name == "content-type" && $0.value == "application/problem+json" })
        #expect(response.headers.contains { $0.name == "retry-after" && $0.value == "7" })
        #expect(
            String(decoding: response.body, as: UTF8.self) == #"""
                {"type":"urn:orderlog:problem:invalid-fields","title":"Invalid fields","status":422,\#
                "detail":"One field is not as it should be. Nothing was changed.",\#
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
        let response = Problem.refusal(status: 405, detail: "no", allow: ["GET", "POST"])
        #expect(response.headers.contains { $0.name == "allow" && $0.value == "GET, POST" })
    }
}

@Suite struct PercentEncodingTests {
    @Test func onlyUnreservedCharactersStay() {
        #expect(PercentEncoding.segment("a-Z_0.~") == "a-Z_0.~")
        #expect(PercentEncoding.segment("a/b c%🎁\u{1}") == "a%2Fb%20c%25%F0%9F%8E%81%01")
    }
}
