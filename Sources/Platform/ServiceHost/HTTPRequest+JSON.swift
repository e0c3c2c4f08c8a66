package import HTTPServer
package import JSON

extension HTTPRequest {
    /// Reads the body. Throws a problem: 415 for another content type, 400 for what is no JSON, 422 with every invalid
    /// field.
    package func json<Value>(_ body: (inout JSONReader) throws -> Value?) throws(Problem) -> Value {
        try checkContentType()
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

    /// JSON, or what curl says of `-d` when it isn't told otherwise, or nothing at all.
    private func checkContentType() throws(Problem) {
        guard let header = headers["content-type"] else { return }
        let name = header.prefix { $0 != ";" }.lowercased().filter { !$0.isWhitespace }
        switch name {
        case "application/json", "application/x-www-form-urlencoded", "": return
        case let name where name.hasPrefix("application/") && name.hasSuffix("+json"): return
        default:
            var problem = Problem(
                415, detail: "The body must be JSON (content-type: application/json), not \(name).")
            // RFC 9110, 15.5.16: a 415 names what would have been taken.
            problem.headers.append(("accept", "application/json"))
            throw problem
        }
    }
}
