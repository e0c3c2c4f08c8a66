import HTTPServer
import JSON
import Testing

@testable import HTTPAPI

@Suite struct RequestRulesTests {
    private static let loopback = AnsweredNames(listeningOn: "127.0.0.1")

    /// 0: nothing is refused.
    private func status(
        _ headers: [(String, String)], method: String = "POST", body: String = "{}", target: String = "/orders",
        names: AnsweredNames = loopback
    ) -> Int {
        let request = HTTPRequest(
            method: method, target: target, path: "/orders",
            headers: HTTPHeaders(headers.map { (name: $0, value: $1) }),
            body: Array(body.utf8), route: "/orders")
        do {
            try RequestRules(names: names).check(request)
            return 0
        } catch {
            return error.status
        }
    }

    @Test(arguments: [
        "localhost", "localhost:8080", "LOCALHOST:1", "127.0.0.1:8080", "127.9.8.7", "[::1]:8080", "[::1]",
        "[::ffff:127.0.0.1]:80",
    ])
    func loopbackAnswersToItsNames(_ host: String) {
        #expect(status([("host", host)]) == 0)
        #expect(status([("host", host)], names: AnsweredNames(listeningOn: "::1")) == 0)
    }

    @Test(arguments: [
        "evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1:8080",
        "0.0.0.0:8080", "[::]:8080", "[::2]", "", "[::1]evil.example", "127.0.0.1@evil.example", "128.0.0.1",
    ])
    func loopbackAnswersToNoOtherName(_ host: String) {
        for method in ["GET", "POST"] { #expect(status([("host", host)], method: method) == 421) }
        #expect(status([("host", host)], names: AnsweredNames(listeningOn: "0.0.0.0")) == 0)
        #expect(status([("host", "localhost")], target: "HTTP://\(host)/orders") == 421)
    }

    @Test func aNameThatItWasToldIsItsOwn() {
        #expect(status([("host", "shop.test:8080")], names: .loopback(listeningOn: "Shop.test")) == 0)
        #expect(AnsweredNames(listeningOn: "localhost") == .loopback(listeningOn: "localhost"))
        #expect(AnsweredNames(listeningOn: "::") == .any)
        #expect(AnsweredNames(listeningOn: "192.0.2.1") == .any)
        // HTTP/1.0 names no host; no browser speaks it.
        #expect(status([]) == 0)
    }

    private static let json = ("content-type", "application/json")

    @Test(arguments: [
        "http://evil.example", "http://localhost:3000", "https://127.0.0.1:8443", "null", "http://127.0.0.1:80800",
        "file://", "http://127.0.0.1:8080.evil.example", "",
    ])
    func aPageElsewhereIsRefused(_ origin: String) {
        for method in ["GET", "POST"] {
            #expect(status([("host", "127.0.0.1:8080"), ("origin", origin), Self.json], method: method) == 403)
        }
        #expect(status([("host", "shop.example:8080"), ("origin", origin), Self.json], names: .any) == 403)
    }

    @Test func whereTheBrowserSaysAnotherSiteItIsRefused() {
        for method in ["GET", "POST"] {
            let headers = [("host", "localhost:8080"), ("sec-fetch-site", "cross-site"), Self.json]
            #expect(status(headers, method: method) == 403)
            #expect(status(headers, method: method, names: .any) == 403)
        }
        #expect(status([("host", "localhost"), ("sec-fetch-site", "none")], method: "GET") == 0)
    }

    @Test func itsOwnPagesAreTaken() {
        for host in ["localhost:8080", "127.0.0.1:8080", "[::1]:8080"] {
            #expect(status([("host", host), ("origin", "http://\(host)"), Self.json]) == 0)
            #expect(status([("host", host), ("origin", "http://localhost:8080"), Self.json]) == 0)
        }
        #expect(status([("host", "shop.example"), ("origin", "https://shop.example"), Self.json], names: .any) == 0)
        #expect(status([("host", "shop.example:80"), ("origin", "http://Shop.example"), Self.json], names: .any) == 0)
        // Behind a proxy that calls the service by another name the browser's word counts.
        let behind = [("host", "order:8080"), ("origin", "https://shop.example"), Self.json]
        #expect(status(behind, names: .any) == 403)
        #expect(status(behind + [("sec-fetch-site", "same-origin")], names: .any) == 0)
    }

    @Test(arguments: [
        nil, "application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x", "",
    ]) func aBrowserSaysJSON(_ type: String?) {
        let host = ("host", "localhost:8080")
        let typed = type.map { [("content-type", $0)] } ?? []
        for browser in [("origin", "http://localhost:8080"), ("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty")] {
            #expect(status([host, browser] + typed) == 415)
            #expect(status([host, browser] + typed, body: "") == (type == nil ? 0 : 415))
            #expect(status([host, browser, ("content-type", "Application/JSON; charset=utf-8")]) == 0)
            #expect(status([host, browser, ("content-type", "application/json\u{37e} charset=utf-8")]) == 415)
            #expect(status([host, browser] + typed, method: "GET") == 0)
        }
        // curl
        #expect(status([host] + typed) == 0)
    }

    @Test func aBodyHasOneTypeAndIsUTF8() {
        let json = "application/json"
        #expect(status([("content-type", json), ("content-type", json)]) == 400)
        #expect(status([("content-type", json), ("content-type", "text/plain")], method: "GET") == 400)
        for (type, isTaken) in [
            (json + "; charset=UTF-8", true), (json + ";charset=\"utf-8\"", true), (json + "; charset=us-ascii", true),
            (json + "; v=1; charset=utf8", true), (json + "; charset=utf-16", false),
            (json + "; Charset=\"latin1\"", false),
            (json + "; charset=utf-8; charset=utf-16", false), ("; charset=utf-16", false),
        ] {
            let request = HTTPRequest(
                method: "POST", target: "/", path: "/", headers: HTTPHeaders([("content-type", type)]),
                body: Array("7".utf8), route: "/")
            let result = Result { () throws(Problem) in try request.json { try $0.int(in: 0...9) } }
            #expect((try? result.get()) == (isTaken ? 7 : nil), "\(type)")
            if case .failure(let problem) = result { #expect(problem.status == 415, "\(type)") }
        }
    }

    @Test(arguments: ["gzip", "br", "deflate, gzip", "GZIP"]) func anEncodedBodyIsRefusedWithWhatIsTaken(
        _ coding: String
    ) throws {
        let request = HTTPRequest(
            method: "POST", target: "/", path: "/", headers: HTTPHeaders([("content-encoding", coding)]), route: "/")
        let problem = #expect(throws: Problem.self) { try RequestRules(names: .any).check(request) }
        #expect(problem?.status == 415)
        #expect(problem?.headers.contains { $0.name == "accept-encoding" && $0.value == "identity" } == true)
        #expect(status([("content-encoding", "identity")]) == 0)
    }

    @Test func conditionsAreMetOrRefused() {
        for method in ["GET", "HEAD", "POST", "PUT"] {
            #expect(status([("if-match", "\"1\"")], method: method) == 412)
            #expect(status([("if-match", "*")], method: method) == 412)
            #expect(status([("if-unmodified-since", "Sat, 29 Oct 1994 19:43:31 GMT")], method: method) == 412)
            #expect(status([("if-none-match", "*")], method: method) == 412)
        }
        #expect(status([("if-none-match", "\"1\"")], method: "PUT") == 412)
        #expect(status([("if-none-match", "\"1\"")], method: "GET") == 0)
        #expect(status([("range", "bytes=0-9")], method: "GET") == 0)
        #expect(status([("content-range", "bytes 0-9/100")], method: "PUT") == 400)
    }
}
