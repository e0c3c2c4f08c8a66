package import HTTPServer
package import JSON

/// A problem document (RFC 9457): what a caller gets instead of what it asked for. Thrown by handlers.
package struct Problem: Error, Sendable {
    package var status: Int
    /// The last part of `type`, which reads `urn:orderlog:problem:KIND`; nil: `about:blank`, where the status says it all.
    package var kind: String?
    package var title: String
    package var detail: String?
    /// Invalid fields, all at once.
    package var errors: [JSONFieldError] = []
    /// Seconds after which another try makes sense.
    package var retryAfter: Int?
    /// Further members, as encoded JSON values.
    package var members: [(name: String, json: [UInt8])] = []
    package var headers: [(name: String, value: String)] = []

    package init(_ status: Int, kind: String? = nil, title: String? = nil, detail: String?) {
        self.status = status
        self.kind = kind
        self.title = title ?? HTTPStatus.phrase(status)
        self.detail = detail
    }

    /// Bytes of a text and number of errors in a document: a caller's own text may stand in it, and be long.
    private static let limits = (text: 1_000, errors: 100)

    package func response() -> HTTPResponse {
        var json = JSONWriter()
        json.object { json in
            json.field("type", kind.map { "urn:orderlog:problem:\($0)" } ?? "about:blank")
            json.field("title", title)
            json.field("status", status)
            if let detail { json.field("detail", detail.excerpt(Self.limits.text)) }
            if !errors.isEmpty {
                json.key("errors")
                json.array { json in
                    for error in errors.prefix(Self.limits.errors) {
                        json.object { json in
                            json.field("field", error.field.excerpt())
                            json.field("message", error.message.excerpt(Self.limits.text))
                        }
                    }
                }
            }
            for member in members {
                json.key(string: member.name)
                json.raw(member.json)
            }
        }
        var all = headers
        all.append(("content-type", "application/problem+json"))
        if let retryAfter { all.append(("retry-after", String(retryAfter))) }
        return HTTPResponse(status: status, headers: all, body: json.finish())
    }
}

extension Problem {
    package static func invalidFields(_ errors: [JSONFieldError]) -> Problem {
        let count = errors.count == 1 ? "One field is" : "\(errors.count) fields are"
        var problem = Problem(
            422, kind: "invalid-fields", title: "Invalid fields",
            detail: "\(count) not as it should be. Nothing was changed.")
        problem.errors = errors
        return problem
    }

    package static func invalidField(_ field: String, _ message: String) -> Problem {
        invalidFields([JSONFieldError(field: field, message: message)])
    }

    package static func notFound(_ what: String) -> Problem {
        Problem(404, kind: "not-found", detail: "There is no \(what).")
    }

    /// 503: the caller may try again after `seconds`.
    package static func unavailable(_ kind: String, _ detail: String, retryAfter seconds: Int = 1) -> Problem {
        var problem = Problem(503, kind: kind, detail: detail)
        problem.retryAfter = seconds
        return problem
    }

    /// 401: this door is for those who can read the service's files.
    static var tokenMissing: Problem {
        var problem = Problem(
            401, detail: "This door wants the token that is in the data folder, in the file that ends in .door.")
        problem.headers = [("www-authenticate", "Bearer")]
        return problem
    }

    /// What the HTTP server itself refuses.
    package static func refusal(status: Int, detail: String, allow: [String]) -> HTTPResponse {
        var problem =
            status == 503
            ? .unavailable("too-many-waiting", "Right now \(detail). Nothing was changed; try again.")
            : Problem(status, detail: detail)
        if !allow.isEmpty { problem.headers.append(("allow", allow.joined(separator: ", "))) }
        return problem.response()
    }
}
