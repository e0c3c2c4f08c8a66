package import HTTPServer
package import JSON
import Telemetry

/// A problem document (RFC 9457): what a caller gets instead of what it asked for. Thrown by handlers.
package struct Problem: Error, Sendable {
    /// nil: `about:blank`, where the status says it all.
    package let type: ProblemType?
    package let status: Int
    package var detail: String?
    /// Invalid fields, all at once.
    package var errors: [JSONFieldError] = []
    /// Seconds after which another try makes sense.
    package var retryAfter: Int?
    /// Further members, as encoded JSON values: those that its type declares.
    package var members: [(name: String, json: [UInt8])] = []
    package var headers: [(name: String, value: String)] = []

    package init(_ type: ProblemType, detail: String?) {
        self.type = type
        status = type.status
        self.detail = detail
    }

    /// One of the type `about:blank`: its status says what it is.
    package init(_ status: Int, detail: String?) {
        type = nil
        self.status = status
        self.detail = detail
    }

    package var title: String { type?.title ?? HTTPStatus.phrase(status) }

    /// Errors in a document.
    package static let mostErrors = 100
    /// Bytes of a text in a document: a caller's own text may stand in it, and be long.
    private static let mostText = 1_000
    static let contentType = "application/problem+json"

    /// - Parameter trace: of the request, as the service's log has it; nil where no request could be read.
    package func response(trace: String? = nil) -> HTTPResponse {
        var json = JSONWriter()
        json.object { json in
            json.field("type", type?.uri ?? "about:blank")
            json.field("title", title)
            json.field("status", status)
            if let detail { json.field("detail", detail.excerpt(Self.mostText)) }
            if let trace { json.field("trace_id", trace) }
            if !errors.isEmpty {
                json.key("errors")
                json.array { json in
                    for error in errors.prefix(Self.mostErrors) {
                        json.object { json in
                            json.field("field", error.field.excerpt())
                            json.field("message", error.message.excerpt(Self.mostText))
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
        all.append(("content-type", Self.contentType))
        if let trace { all.append((Self.requestID, trace)) }
        if let retryAfter { all.append(("retry-after", String(retryAfter))) }
        return HTTPResponse(status: status, headers: all, body: json.finish())
    }
}

extension Problem {
    package static func invalidFields(_ errors: [JSONFieldError]) -> Problem {
        // Whoever found so many has stopped looking.
        let count =
            switch errors.count {
            case 1: "One field is not as it should be"
            case ..<mostErrors: "\(errors.count) fields are not as they should be"
            default: "\(mostErrors) fields or more are not as they should be"
            }
        var problem = Problem(.invalidFields, detail: "\(count). Nothing was changed.")
        problem.errors = errors
        return problem
    }

    package static func invalidField(_ field: String, _ message: String) -> Problem {
        invalidFields([JSONFieldError(field: field, message: message)])
    }

    /// `what`: in words of ours. What a caller wrote is not repeated: it may be anybody's name or address.
    package static func notFound(_ what: String) -> Problem { Problem(.notFound, detail: "There is no \(what).") }

    /// The caller may try again after `seconds`.
    package static func unavailable(_ type: ProblemType, _ detail: String, retryAfter seconds: Int = 1) -> Problem {
        var problem = Problem(type, detail: detail)
        problem.retryAfter = seconds
        return problem
    }

    /// What the HTTP server itself refuses.
    package static func refusal(_ refusal: HTTPRefusal) -> HTTPResponse {
        let trace = (refusal.headers.map { TraceContext.of($0) } ?? .new()).traceID
        let allow = refusal.allow.isEmpty ? [] : [("allow", refusal.allow.joined(separator: ", "))]
        guard refusal.status >= 400 else {
            return HTTPResponse(status: refusal.status, headers: allow + [(requestID, trace)])
        }
        var problem =
            refusal.status == 503
            ? .unavailable(.tooManyWaiting, "Right now \(refusal.detail). Nothing was changed; try again.")
            : Problem(refusal.status, detail: refusal.detail)
        problem.headers += allow
        return problem.response(trace: trace)
    }

    /// The header of every answer that names its trace, for a customer to read out.
    package static let requestID = "x-request-id"
}
