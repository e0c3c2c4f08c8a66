internal import HTTPAPI
internal import JSON
internal import JSONSchema

extension OpenAPIDocument {
    func write(_ operation: HTTPAPI.Operation, to json: inout JSONWriter) {
        json.field("operationId", operation.id)
        json.key("tags")
        json.array { $0.string(operation.tag.name) }
        json.field("summary", operation.summary)
        json.field("description", operation.description)
        writeSecurity(of: operation, to: &json)
        writeParameters(of: operation, to: &json)
        if let body = operation.body { write(body, atMost: operation.maximumBody, to: &json) }
        json.key("responses")
        json.object { json in
            for answer in operation.answers {
                json.key(string: String(answer.status))
                json.object { write(answer, to: &$0) }
            }
            for refusal in refusals(of: operation) {
                json.key(string: String(refusal.status))
                json.object { $0.field("$ref", Self.responses + name(of: refusal)) }
            }
        }
    }

    /// A key with one of these scopes; or none, for a service that was told no keys asks nobody. (What an operation says goes before
    /// what the document says.)
    private func writeSecurity(of operation: HTTPAPI.Operation, to json: inout JSONWriter) {
        guard !operation.access.scopes.isEmpty else { return }
        json.key("security")
        json.array { json in
            for scope in operation.access.scopes {
                json.object { json in
                    json.key("key")
                    json.array { $0.string(scope.rawValue) }
                }
            }
            json.object { _ in }
        }
    }

    private func writeParameters(of operation: HTTPAPI.Operation, to json: inout JSONWriter) {
        let path = operation.path.map { ($0.name, "path", true, $0.description, $0.schema) }
        let query = operation.query.map { ($0.name, "query", $0.isRequired, $0.description, $0.schema) }
        let headers = operation.headers.map { ($0.name, "header", false, $0.description, $0.schema) }
        let all = path + query + headers
        guard !all.isEmpty else { return }
        json.key("parameters")
        json.array { json in
            for (name, place, isRequired, description, schema) in all {
                json.object { json in
                    json.field("name", name)
                    json.field("in", place)
                    if isRequired { json.field("required", true) }
                    json.field("description", description)
                    json.key("schema")
                    schema.write(to: &json, references: Self.schemas)
                }
            }
        }
    }

    /// `limit`: bytes; nil: that of every body.
    private func write(_ body: HTTPAPI.Operation.Body, atMost limit: Int?, to json: inout JSONWriter) {
        json.key("requestBody")
        json.object { json in
            let most = limit.map { $0 % (1 << 20) == 0 ? " At most \($0 >> 20) MiB." : " At most \($0) bytes." }
            json.field("description", body.description + (most ?? ""))
            json.field("required", body.isRequired)
            json.key("content")
            json.object { write("application/json", body.schema, Array(body.example.utf8), to: &$0) }
        }
    }

    private func write(_ answer: HTTPAPI.Operation.Answer, to json: inout JSONWriter) {
        json.field("description", answer.description)
        json.key("headers")
        json.object { json in
            for header in answer.headers { Self.write(header, to: &json) }
            for header in [Self.requestID] + Self.ofCompression { Self.refer(to: header, in: &json) }
        }
        json.key("content")
        json.object { json in
            switch answer.content {
            case .json(let schema, let example):
                write("application/json", schema, Array(example.utf8), to: &json)
            case .texts(let texts):
                for (type, example) in texts { write(type, .text(), JSONSchema.json(example), to: &json) }
            }
        }
        guard !answer.links.isEmpty else { return }
        json.key("links")
        json.object { json in
            for link in answer.links {
                json.key(string: link.operation)
                json.object { json in
                    json.field("operationId", link.operation)
                    json.field("description", link.description)
                    json.key("parameters")
                    json.object { json in
                        for (name, expression) in link.parameters {
                            json.key(string: name)
                            json.string(expression)
                        }
                    }
                }
            }
        }
    }

    private func write(_ type: String, _ schema: JSONSchema, _ example: [UInt8], to json: inout JSONWriter) {
        json.key(string: type)
        json.object { json in
            json.key("schema")
            schema.write(to: &json, references: Self.schemas)
            json.key("example")
            json.raw(example)
        }
    }

    static func write(_ header: HTTPAPI.Operation.Header, to json: inout JSONWriter) {
        json.key(string: header.name)
        json.object { json in
            json.field("description", header.description)
            if header.isAlwaysThere { json.field("required", true) }
            json.key("schema")
            header.schema.write(to: &json, references: schemas)
        }
    }
}

extension HTTPAPI.Operation {
    /// All that it names.
    var schemas: [JSONSchema] {
        let bodies = [body?.schema].compactMap(\.self)
        let answered = answers.compactMap { answer in
            if case .json(let schema, _) = answer.content { schema } else { nil }
        }
        let members = allProblems.flatMap(\.members).map(\.schema)
        return path.map(\.schema) + headers.map(\.schema) + bodies + answered + members
    }
}

extension QueryParameter {
    var schema: JSONSchema {
        switch kind {
        case .number(let range):
            let schema = JSONSchema.integer(range)
            return self.default.flatMap(Int64.init).map(schema.byDefault) ?? schema
        case .choice(let words): return .choice(words)
        case .text(let limit): return .text(1...limit, pattern: pattern)
        case .time: return .dateTime
        // What one looks like; none but the empty one can be made up.
        case .cursor: return .text(pattern: "^([A-Za-z0-9_-]{22})?$")
        }
    }
}
