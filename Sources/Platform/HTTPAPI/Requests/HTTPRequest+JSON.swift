import HTTPServer
import JSON

extension HTTPRequest {
    /// Reads the body. Throws a problem: 415 for another content type, 400 for what is no JSON, 422 with every invalid
    /// field. `members`: those that there may be; nil: unknown ones are passed over.
    func json<Value>(
        members: JSONMembers? = nil, _ body: (inout JSONReader) throws -> Value?
    ) throws(Problem) -> Value {
        // What curl says of `-d` when it isn't told otherwise will do, and nothing at all. (Browsers: `RequestRules`.)
        if ContentType(headers["content-type"]) == .other { throw .unsupportedType(headers["content-type"]) }
        do throws(JSONReadError) {
            return try JSON.read(self.body, members: members, body)
        } catch {
            switch error {
            case .fields(let errors): throw .invalidFields(errors)
            case .syntax(let error):
                throw Problem(.notJSON, detail: "\(error.message) at byte \(error.offset) of the body.")
            }
        }
    }
}

/// What a Content-Type says of a body.
enum ContentType {
    case json
    /// Nothing, or that it is a form: what curl says of `-d`.
    case form
    case other

    init(_ header: String?) {
        // Nearly everybody writes it so, or nothing.
        guard let header, header != "application/json" else {
            self = header == nil ? .form : .json
            return
        }
        // By scalars: to Swift's String the Greek question mark is a semicolon.
        let parts = header.unicodeScalars.split(separator: ";", omittingEmptySubsequences: false).map {
            String($0).lowercased().filter { !$0.isWhitespace }
        }
        // JSON is UTF-8 (RFC 8259, 8.1), and so is ASCII; what calls itself something else would be misread.
        let charsets = parts.dropFirst().filter { $0.hasPrefix("charset=") }.map {
            $0.dropFirst("charset=".count).filter { $0 != "\"" }
        }
        guard charsets.allSatisfy({ ["utf-8", "utf8", "us-ascii"].contains($0) }) else {
            self = .other
            return
        }
        switch parts.first ?? "" {
        case "application/json": self = .json
        case let name where name.hasPrefix("application/") && name.hasSuffix("+json"): self = .json
        case "application/x-www-form-urlencoded", "": self = .form
        default: self = .other
        }
    }
}

extension Problem {
    /// The name of a media type, where it is one: it might be any text.
    private static func name(_ type: String) -> String? {
        let name = type.prefix { $0 != ";" && $0 != " " }.lowercased()
        let isName =
            name.utf8.count <= 60 && name.utf8.count { $0 == UInt8(ascii: "/") } == 1
            && name.utf8.allSatisfy { (0x61...0x7A).contains($0) || "/+.-".utf8.contains($0) }
        return isName ? name : nil
    }

    static func unsupportedType(_ type: String?, advice: String = "") -> Problem {
        let given = type.flatMap(Self.name).map { ", not \($0)" } ?? ""
        var problem = Problem(
            415,
            detail:
                "The body must be JSON in UTF-8 (content-type: application/json)\(given).\(advice.isEmpty ? "" : " " + advice)"
        )
        // RFC 9110, 15.5.16: a 415 names what would have been taken.
        problem.headers.append(("accept", "application/json"))
        return problem
    }
}
