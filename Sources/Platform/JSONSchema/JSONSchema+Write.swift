package import JSON

extension JSONSchema {
    /// Writes it as JSON.
    ///
    /// - Parameter base: what a name of another schema is behind, as `#/components/schemas/`.
    package func write(to json: inout JSONWriter, references base: String) {
        json.object { writeMembers(to: &$0, references: base) }
    }

    /// The named schemas that it refers to, also through each other, each once and by name. Under one name there is one
    /// schema.
    package var named: [String: JSONSchema] {
        var found: [String: JSONSchema] = [:]
        collect(into: &found)
        return found
    }

    private func collect(into found: inout [String: JSONSchema]) {
        switch shape {
        case .object(let properties, let others):
            for property in properties { property.schema.collect(into: &found) }
            if case .each(let schema, let names, _) = others {
                schema.collect(into: &found)
                names?.collect(into: &found)
            }
        case .array(let item, _): item.collect(into: &found)
        case .oneOf(let schemas):
            for schema in schemas { schema.collect(into: &found) }
        case .named(let name, let schema):
            if let known = found[name] {
                precondition(known == schema, "two schemas have the name \(name)")
                return
            }
            found[name] = schema
            schema.collect(into: &found)
        case .string, .integer, .boolean, .null, .anything: break
        }
    }

    /// The same, among the members of an object that is being written.
    package func writeMembers(to json: inout JSONWriter, references base: String) {
        if let description { json.field("description", description) }
        switch shape {
        case .object(let properties, let others):
            type("object", to: &json)
            Self.write(properties, others, to: &json, references: base)
        case .array(let item, let count):
            type("array", to: &json)
            json.key("items")
            item.write(to: &json, references: base)
            Self.write(count, "minItems", "maxItems", to: &json)
        case .string(let rules):
            type("string", to: &json)
            write(rules, to: &json)
        case .integer(let range):
            type("integer", to: &json)
            // What OpenAPI's generators make a 64-bit number of.
            json.field("format", "int64")
            if range.lowerBound > .min { json.field("minimum", range.lowerBound) }
            if range.upperBound < .max { json.field("maximum", range.upperBound) }
        case .boolean: type("boolean", to: &json)
        case .null: json.field("type", "null")
        case .anything: break
        case .oneOf(let schemas):
            json.key("oneOf")
            json.array { json in
                for schema in schemas { schema.write(to: &json, references: base) }
                if isNullable { json.object { $0.field("type", "null") } }
            }
        case .named(let name, _): reference(base + name, to: &json)
        }
        if !examples.isEmpty {
            json.key("examples")
            json.array { json in
                for example in examples { json.raw(example) }
            }
        }
        if let value = `default` {
            json.key("default")
            json.raw(value)
        }
    }

    private func type(_ name: String, to json: inout JSONWriter) {
        json.key("type")
        guard isNullable else { return json.string(name) }
        json.array { json in
            json.string(name)
            json.string("null")
        }
    }

    private func reference(_ target: String, to json: inout JSONWriter) {
        guard isNullable else { return json.field("$ref", target) }
        json.key("anyOf")
        json.array { json in
            json.object { $0.field("$ref", target) }
            json.object { $0.field("type", "null") }
        }
    }

    private static func write(
        _ properties: [Property], _ others: Others, to json: inout JSONWriter, references base: String
    ) {
        let required = properties.filter(\.isRequired).map(\.name)
        if !required.isEmpty {
            json.key("required")
            json.array { json in
                for name in required { json.string(name) }
            }
        }
        if !properties.isEmpty {
            json.key("properties")
            json.object { json in
                for property in properties {
                    json.key(string: property.name)
                    property.schema.write(to: &json, references: base)
                }
            }
        }
        switch others {
        case .open: break
        case .closed: json.field("additionalProperties", false)
        case .each(let schema, let names, let most):
            json.key("additionalProperties")
            schema.write(to: &json, references: base)
            if let names {
                json.key("propertyNames")
                names.write(to: &json, references: base)
            }
            if let most { json.field("maxProperties", most) }
        }
    }

    private func write(_ rules: TextRules, to json: inout JSONWriter) {
        Self.write(rules.length, "minLength", "maxLength", to: &json)
        if let pattern = rules.pattern { json.field("pattern", pattern) }
        if let format = rules.format { json.field("format", format) }
        guard !rules.choices.isEmpty else { return }
        json.key("enum")
        json.array { json in
            for choice in rules.choices { json.string(choice) }
            if isNullable { json.null() }
        }
    }

    private static func write(
        _ range: ClosedRange<Int>?, _ minimum: StaticString, _ maximum: StaticString, to json: inout JSONWriter
    ) {
        guard let range else { return }
        if range.lowerBound > 0 { json.field(minimum, range.lowerBound) }
        if range.upperBound < .max { json.field(maximum, range.upperBound) }
    }

    /// A text as an encoded JSON value.
    package static func json(_ text: String) -> [UInt8] {
        var json = JSONWriter()
        json.string(text)
        return json.finish()
    }
}
