/// A document in memory, for tools that show whatever is in it. What knows its documents reads them with `JSONReader`.
package enum JSONValue: Sendable {
    case null
    case bool(Bool)
    /// As it is written.
    case number(String)
    case string(String)
    case array([JSONValue])
    /// In the order of the document.
    case object([(name: String, value: JSONValue)])

    package static func read(_ bytes: [UInt8]) throws(JSONReadError) -> JSONValue {
        try JSON.read(bytes) { json in try json.value() }
    }
}

extension JSONValue {
    /// A member's value; nil where there is none, also of what is no object.
    package subscript(name: String) -> JSONValue? {
        members.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
    }

    /// Those of an object; none of anything else.
    package var members: [(name: String, value: JSONValue)] {
        if case .object(let members) = self { members } else { [] }
    }

    /// Those of an array; none of anything else.
    package var elements: [JSONValue] {
        if case .array(let elements) = self { elements } else { [] }
    }

    package var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// A whole number that fits; nil for any other value.
    package var int: Int64? {
        if case .number(let text) = self { Int64(text) } else { nil }
    }

    package var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }
}

extension JSONReader {
    /// The next value, whatever it is, with all that is in it.
    package mutating func value() throws -> JSONValue {
        switch peek() {
        case UInt8(ascii: "{"):
            var members: [(name: String, value: JSONValue)] = []
            _ = try object { name, json in
                let name = name.string
                members.append((name, try json.value()))
            }
            return .object(members)
        case UInt8(ascii: "["):
            var elements: [JSONValue] = []
            _ = try array(count: 0...Int.max) { json in elements.append(try json.value()) }
            return .array(elements)
        case UInt8(ascii: "\""): return .string(try scanText().string)
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool(try bool() ?? false)
        case UInt8(ascii: "n"):
            try literal("null")
            return .null
        default:
            let start = position
            try skipScalar()
            return .number(String(decoding: bytes[start..<position], as: UTF8.self))
        }
    }
}
