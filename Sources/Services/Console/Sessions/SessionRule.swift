import HTTPAPI
import HTTPServer

/// Makes of a request that shows a session one that shows its key, as a program's does.
struct SessionRule: Sendable {
    static let proof = "x-csrf-token"

    let sessions: Sessions

    /// Throws a problem where something is to be changed without the proof that a page of ours asks for it.
    func apply(_ request: HTTPRequest) throws(Problem) -> HTTPRequest {
        // Who signs in shows a key, whatever session there was before.
        guard request.headers.count(of: "authorization") == 0, request.path != SessionOperations.begin.pattern,
            let cookie = SessionCookie.value(in: request.headers),
            let session = sessions.find(cookie)
        else { return request }
        if request.method != "GET", request.method != "HEAD" {
            guard let shown = request.headers[Self.proof], session.isProven(by: shown) else {
                throw Problem(
                    .sessionUnproven,
                    detail:
                        "A change from a signed-in page shows \(Self.proof), as GET /api/session tells it. Nothing was changed."
                )
            }
        }
        return request.adding("authorization", "Bearer \(session.key)")
    }
}

extension ProblemType {
    static let sessionUnproven = ProblemType(
        "session-unproven", 403, "Session unproven",
        meaning: """
            The request has the cookie of a session and would change something, and does not show that a page of the console asked for \
            it. Nothing was changed.
            """,
        advice:
            "Send `X-CSRF-Token` with what `GET /api/session` tells as `csrf`; or sign in by a key in `Authorization`, without a cookie."
    )
}
