import HTTPAPI
import HTTPServer
import Testing

@testable import Console

/// Who is signed in, and what a request shows.
@Suite struct SessionsTests {
    private static func request(
        _ method: String, _ headers: [(name: String, value: String)], to path: String = "/api/orders"
    ) -> HTTPRequest {
        HTTPRequest(method: method, target: path, path: path, headers: HTTPHeaders(headers), route: path)
    }

    @Test func aSessionShowsItsKey() throws {
        let sessions = Sessions()
        let (cookie, session) = sessions.begin(key: "ol_x")
        let rule = SessionRule(sessions: sessions)
        let field = (name: "cookie", value: "a=b; orderlog_session=\(cookie)")
        #expect(try rule.apply(Self.request("GET", [field])).headers["authorization"] == "Bearer ol_x")
        let proven = [field, (name: "x-csrf-token", value: session.proof)]
        #expect(try rule.apply(Self.request("POST", proven)).headers["authorization"] == "Bearer ol_x")
        for wrong in [
            [field], [field, (name: "x-csrf-token", value: "")],
            [field, (name: "x-csrf-token", value: cookie)],
        ] {
            #expect(throws: Problem.self) { try rule.apply(Self.request("POST", wrong)) }
        }
    }

    /// A program's key goes before a cookie; what is no session changes nothing.
    @Test func whatIsNoSessionIsLeftAsItIs() throws {
        let sessions = Sessions()
        let (cookie, _) = sessions.begin(key: "ol_x")
        let rule = SessionRule(sessions: sessions)
        let both = [
            (name: "cookie", value: "orderlog_session=\(cookie)"),
            (name: "authorization", value: "Bearer ol_y"),
        ]
        #expect(try rule.apply(Self.request("POST", both)).headers["authorization"] == "Bearer ol_y")
        for value in [
            "orderlog_session=", "orderlog_session=x", "orderlog_session=\(cookie); orderlog_session=x",
            "a=\(cookie)",
        ] {
            let request = Self.request("GET", [(name: "cookie", value: value)])
            #expect(try rule.apply(request).headers["authorization"] == nil, "\(value)")
        }
        sessions.end(cookie)
        #expect(sessions.find(cookie) == nil)
    }

    @Test func sessionsEndAndAreBounded() {
        let sessions = Sessions()
        let now = ContinuousClock.now
        let (first, _) = sessions.begin(key: "ol_x", at: now)
        #expect(sessions.find(first, at: now + Sessions.lifetime - .seconds(1)) != nil)
        #expect(sessions.find(first, at: now + Sessions.lifetime) == nil)
        for second in 1...1_000 { _ = sessions.begin(key: "ol_\(second)", at: now + .seconds(second)) }
        #expect(sessions.find(first, at: now) == nil)
    }

    @Test func oneKeySignsNobodyElseOut() {
        let sessions = Sessions()
        let now = ContinuousClock.now
        let (desk, _) = sessions.begin(key: "ol_desk", at: now)
        let site = (1...1_100).map { sessions.begin(key: "ol_site", at: now + .seconds($0)).cookie }
        #expect(sessions.find(desk, at: now) != nil)
        #expect(site.filter { sessions.find($0, at: now) != nil } == site.suffix(20))
    }

    /// A page that was signed in by a key that is good no longer knows no proof.
    @Test func whoSignsInNeedsNoProof() throws {
        let sessions = Sessions()
        let field = (name: "cookie", value: "orderlog_session=\(sessions.begin(key: "ol_x").cookie)")
        let rule = SessionRule(sessions: sessions)
        #expect(try rule.apply(Self.request("POST", [field], to: "/api/session")).headers["authorization"] == nil)
        #expect(throws: Problem.self) { try rule.apply(Self.request("POST", [field], to: "/api/session/end")) }
    }

    @Test func theCookieIsForNobodyElse() {
        let plain = SessionCookie.field("x", for: HTTPHeaders()).value
        #expect(plain == "orderlog_session=x; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict")
        let secure = SessionCookie.field("x", for: HTTPHeaders([("x-forwarded-proto", "https")])).value
        #expect(secure == plain + "; Secure")
        #expect(SessionCookie.field(nil, for: HTTPHeaders()).value.contains("Max-Age=0"))
    }
}
