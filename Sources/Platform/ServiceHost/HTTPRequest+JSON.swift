package import HTTPServer
package import JSON

extension HTTPRequest {
    /// Reads the body. Throws a problem: 415 for another content type, 400 for what is no JSON, 422 with every invalid
    /// field.
    package func json<Value>(_ body: (inout JSONReader) throws -> Value?) throws(Problem) -> Value {
        // What curl says of `-d` when it isn't told otherwise will do, and nothing at all. (Browsers: `RequestRules`.)
        if ContentType(headers["content-type"]) == .other { throw .unsupportedType(headers["content-type"]) }
        do throws(JSONReadError) {
            return try JSON.read(self.body, body)
        } catch {
            switch error {
            case .fields(let errors): throw .invalidFields(errors)
            case .syntax(let error):
                throw Problem(
                    400, kind: "not-json", title: "Not JSON",
                    detail: "\(error.message) at byte \(error.offset) of the body.")
            }
        }
    }

    /// As `json`, but no body at all is nil.
    package func optionalJSON<Value>(_ body: (inout JSONReader) throws -> Value?) throws(Problem) -> Value? {
        self.body.isEmpty ? nil : try json(body)
    }
}

/// What a Content-Type says of a body.
enum ContentType {
    case json
    /// Nothing, or that it is a form: what curl says of `-d`.
    case form
    case other

    init(_ header: String?) {
        // By scalars: to Swift's String the Greek question mark is a semicolon.
        let name = String((header ?? "").unicodeScalars.prefix { $0 != ";" }).lowercased().filter { !$0.isWhitespace }
        switch name {
        case "application/json": self = .json
        case let name where name.hasPrefix("application/") && name.hasSuffix("+json"): self = .json
        case "application/x-www-form-urlencoded", "": self = .form
        default: self = .other
        }
    }
}

extension Problem {
    static func unsupportedType(_ type: String?, advice: String = "") -> Problem {
        let given = type.map { ", not \($0.excerpt())" } ?? ""
        var problem = Problem(
            415,
            detail:
                "The body must be JSON (content-type: application/json)\(given).\(advice.isEmpty ? "" : " " + advice)")
        // RFC 9110, 15.5.16: a 415 names what would have been taken.
        problem.headers.append(("accept", "application/json"))
        return problem
    }
}
