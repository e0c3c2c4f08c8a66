internal import HTTPAPI
internal import HTTPServer
internal import JSON
internal import JSONSchema

/// All problems that an operation can be answered with under one status. Operations that have the same ones share a response.
struct Refusal {
    let status: Int
    /// By kind.
    let types: [ProblemType]
    /// Whether `about:blank` is one of them.
    let canBeBlank: Bool

    /// Two of one key are the same.
    var key: String { ([String(status)] + types.map(\.kind) + (canBeBlank ? ["blank"] : [])).joined(separator: ".") }

    private var summary: String {
        let blank = canBeBlank ? [HTTPStatus.phrase(status) + "."] : []
        return (types.map { "[\($0.title)](\($0.uri)): \($0.meaning)" } + blank).map { "- \($0)" }.joined(
            separator: "\n")
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("description", summary)
            json.key("headers")
            json.object { json in
                OpenAPIDocument.refer(to: OpenAPIDocument.requestID, in: &json)
                for header in Self.headers[status] ?? [] { OpenAPIDocument.write(header, to: &json) }
            }
            json.key("content")
            json.object { json in
                json.key("application/problem+json")
                json.object { json in
                    json.key("schema")
                    writeSchema(to: &json)
                    writeExamples(to: &json)
                }
            }
        }
    }

    /// By status. Each comes with some of its problems.
    private static let headers: [Int: [HTTPAPI.Operation.Header]] = [
        401: [
            .init(
                "WWW-Authenticate", "What the door wants to be shown.", .text(pattern: "^Bearer"), isAlwaysThere: true)
        ],
        403: [.init("WWW-Authenticate", "Where a key of another scope is wanted.", .text(pattern: "^Bearer"))],
        415: [
            .init("Accept", "The type that would have been taken.", .choice(["application/json"])),
            .init("Accept-Encoding", "The coding that would have been taken.", .choice(["identity"])),
        ],
        503: [.init("Retry-After", "Seconds after which another try makes sense.", .integer(0...60))],
    ]

    /// One of each kind, but of those that have members which must be there.
    private func writeExamples(to json: inout JSONWriter) {
        var examples = types.filter { !$0.members.contains(where: \.isRequired) }.map { ($0.kind, $0.uri, $0.title) }
        if canBeBlank { examples.append(("blank", "about:blank", HTTPStatus.phrase(status))) }
        guard !examples.isEmpty else { return }
        json.key("examples")
        json.object { json in
            for (name, type, title) in examples {
                json.key(string: name)
                json.object { json in
                    json.key("value")
                    json.object { json in
                        json.field("type", type)
                        json.field("title", title)
                        json.field("status", status)
                        json.field("trace_id", "4bf92f3577b34da6a3ce929d0e0e4736")
                    }
                }
            }
        }
    }

    /// That of every problem, and what these have of their own.
    private func writeSchema(to json: inout JSONWriter) {
        let types = types.map(\.uri) + (canBeBlank ? ["about:blank"] : [])
        json.object { json in
            json.field("$ref", OpenAPIDocument.schemas + "Problem")
            // Where there is one kind alone: what another has not can't be wanted.
            let required = canBeBlank || types.count > 1 ? [] : self.types.flatMap(\.members).filter(\.isRequired)
            if !required.isEmpty {
                json.key("required")
                json.array { json in
                    for member in required { json.string(member.name) }
                }
            }
            json.key("properties")
            json.object { json in
                json.key("type")
                JSONSchema.choice(types).write(to: &json, references: OpenAPIDocument.schemas)
                json.key("status")
                json.object { $0.field("const", status) }
                for member in self.types.flatMap(\.members) {
                    json.key(string: member.name)
                    member.schema.write(to: &json, references: OpenAPIDocument.schemas)
                }
            }
        }
    }
}

extension OpenAPIDocument {
    /// By status.
    func refusals(of operation: HTTPAPI.Operation) -> [Refusal] {
        let types = operation.allProblems
        let blank = operation.blankProblems + (description.mayWantToken ? [401] : [])
        return Set(types.flatMap { [$0.status] + $0.alsoWith } + blank).sorted().map { status in
            Refusal(
                status: status,
                types: types.filter { $0.status == status || $0.alsoWith.contains(status) }.sorted {
                    $0.kind < $1.kind
                },
                canBeBlank: blank.contains(status))
        }
    }
}
