package import HTTPAPI
internal import HTTPServer
internal import JSON
internal import JSONSchema

/// The description of an API as OpenAPI 3.1 has it (https://spec.openapis.org/oas/v3.1.1.html).
package struct OpenAPIDocument: Sendable {
    let description: APIDescription
    static let schemas = "#/components/schemas/"
    static let responses = "#/components/responses/"

    /// What its responses are called, by what they say. Generated clients make classes of the names.
    private var responseNames: [String: String] = [:]

    package init(_ description: APIDescription) {
        self.description = description
        var counts: [Int: Int] = [:]
        for refusal in description.operations.flatMap({ refusals(of: $0) }) where responseNames[refusal.key] == nil {
            let count = counts[refusal.status, default: 0] + 1
            counts[refusal.status] = count
            let phrase = HTTPStatus.phrase(refusal.status).filter { $0 != " " }
            responseNames[refusal.key] = count == 1 ? phrase : "\(phrase)\(count)"
        }
    }

    /// Among the document's responses. Operations that have the same refusals share one.
    func name(of refusal: Refusal) -> String { responseNames[refusal.key] ?? refusal.key }

    /// The same bytes for the same description.
    package func json() -> [UInt8] {
        var json = JSONWriter(capacity: 64 << 10)
        json.object { json in
            json.field("openapi", "3.1.1")
            writeInformation(to: &json)
            json.key("paths")
            json.object { writePaths(to: &$0) }
            json.key("components")
            json.object { writeComponents(to: &$0) }
        }
        return json.finish()
    }

    private func writeInformation(to json: inout JSONWriter) {
        json.key("info")
        json.object { json in
            json.field("title", description.title)
            json.field("version", APIDescription.version)
            json.field("description", description.description)
            json.key("contact")
            json.object { $0.field("name", "The operators of this service") }
        }
        json.key("servers")
        json.array { json in
            json.object { json in
                json.field("url", "/")
                json.field("description", description.server)
            }
            if let port = description.port {
                json.object { json in
                    json.field("url", "http://localhost:\(port)")
                    json.field("description", "On this machine, where nobody chose another port.")
                }
            }
        }
        if description.mayWantToken {
            // A Unix socket wants none.
            json.key("security")
            json.array { json in
                json.object { _ in }
                json.object { json in
                    json.key("token")
                    json.array { _ in }
                }
            }
        }
        json.key("tags")
        json.array { json in
            for tag in description.tags {
                json.object { json in
                    json.field("name", tag.name)
                    json.field("description", tag.description)
                }
            }
        }
    }

    private func writePaths(to json: inout JSONWriter) {
        var patterns: [String] = []
        for operation in description.operations where !patterns.contains(operation.pattern) {
            patterns.append(operation.pattern)
        }
        for pattern in patterns {
            json.key(string: pattern)
            json.object { json in
                for operation in description.operations where operation.pattern == pattern {
                    json.key(string: operation.method.rawValue.lowercased())
                    json.object { write(operation, to: &$0) }
                }
            }
        }
    }

    private func writeComponents(to json: inout JSONWriter) {
        var schemas = ["Problem": Self.problem]
        for schema in description.operations.flatMap(\.schemas) {
            schemas.merge(schema.named) { known, other in
                precondition(known == other, "two schemas have one name")
                return known
            }
        }
        json.key("schemas")
        json.object { json in
            for (name, schema) in schemas.sorted(by: { $0.key < $1.key }) {
                json.key(string: name)
                schema.write(to: &json, references: Self.schemas)
            }
        }
        json.key("responses")
        json.object { json in
            var written: Set<String> = []
            for refusal in description.operations.flatMap({ refusals(of: $0) })
            where written.insert(refusal.key).inserted {
                json.key(string: name(of: refusal))
                refusal.write(to: &json)
            }
        }
        json.key("headers")
        json.object { json in
            for header in [Self.requestID] + Self.ofCompression { Self.write(header, to: &json) }
        }
        writeSecuritySchemes(to: &json)
    }

    /// As JSON of OpenAPI has them, by name.
    private var securitySchemes: [(name: String, description: String)] {
        var schemes: [(name: String, description: String)] = []
        if description.operations.contains(where: { !$0.access.scopes.isEmpty }) {
            let scopes = Scope.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
            schemes.append(
                (
                    "key",
                    """
                    A key that `orderlog keys create` made, `ol_…`, with the scope that the operation names (\(scopes)). Services \
                    that were started without `--keys` ask for none.
                    """
                ))
        }
        if description.mayWantToken {
            schemes.append(
                ("token", "A token of `--inside-token`, or in the file that ends in `.door`, where the door wants one.")
            )
        }
        return schemes
    }

    private func writeSecuritySchemes(to json: inout JSONWriter) {
        guard !securitySchemes.isEmpty else { return }
        json.key("securitySchemes")
        json.object { json in
            for (name, text) in securitySchemes {
                json.key(string: name)
                json.object { json in
                    json.field("type", "http")
                    json.field("scheme", "bearer")
                    json.field("description", text)
                }
            }
        }
    }

    static func refer(to header: HTTPAPI.Operation.Header, in json: inout JSONWriter) {
        json.key(string: header.name)
        json.object { $0.field("$ref", "#/components/headers/" + header.name) }
    }

    /// Of every answer.
    static let requestID = HTTPAPI.Operation.Header(
        "X-Request-Id",
        "The request's trace: its caller's, by `traceparent`, or a new one. By it the service's log and traces know the request.",
        .text(pattern: "^[0-9a-f]{32}$"), isAlwaysThere: true)

    /// Of an answer that could come in gzip.
    static let ofCompression: [HTTPAPI.Operation.Header] = [
        .init("Content-Encoding", "Where it came compressed, as `Accept-Encoding` allowed.", .choice(["gzip"])),
        .init("Vary", "On an answer long enough to be compressed.", .choice(["accept-encoding"])),
    ]

    /// What every problem document has (RFC 9457).
    static let problem = JSONSchema.object([
        .required(
            "type",
            .text(format: "uri-reference").described(
                "What kind of problem it is, and where its page is; `about:blank`: the status says it all.")),
        .required("title", .text().described("The kind in words.")),
        .required("status", .integer(400...599)),
        .optional("detail", .text().described("What happened to this request.")),
        .optional(
            "trace_id",
            .text(pattern: "^[0-9a-f]{32}$").described(
                """
                The request's trace: its caller's, by `traceparent`, or a new one; the same as `X-Request-Id`. The service's log \
                has the problems of the status 500 and more under it, while there are not too many of them.
                """)),
        .optional(
            "errors",
            .array(
                of: .object([
                    .required("field", .text().described("Such as `items[0].quantity`; empty: the body itself.")),
                    .required("message", .text().described("What it must be.")),
                ]), 1...100
            ).described("Every field that is not as it should be, up to a hundred.")),
    ])
}
