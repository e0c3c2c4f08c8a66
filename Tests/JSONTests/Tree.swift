import JSON
import Testing

@testable import JSON

/// Any document, read through the reader's typed calls.
indirect enum Tree: Equatable {
    case null
    case bool(Bool)
    case int(Int64)
    /// A number that is no `Int64`, as it is written.
    case number(String)
    case string(String)
    case array([Tree])
    case object([String: Tree])

    static func read(_ bytes: [UInt8]) throws(JSONReadError) -> Tree {
        try JSON.read(bytes) { reader in try Tree(&reader) }
    }

    static func read(_ text: String) throws(JSONReadError) -> Tree { try read(Array(text.utf8)) }

    init(_ reader: inout JSONReader) throws {
        switch reader.peek() {
        case UInt8(ascii: "{"):
            var members: [String: Tree] = [:]
            _ = try reader.object { key, reader in members[key.string] = try Tree(&reader) }
            self = .object(members)
        case UInt8(ascii: "["):
            var elements: [Tree] = []
            _ = try reader.array(count: 0 ... .max) { reader in elements.append(try Tree(&reader)) }
            self = .array(elements)
        case UInt8(ascii: "\""): self = .string(try reader.string() ?? "")
        case UInt8(ascii: "t"), UInt8(ascii: "f"): self = .bool(try reader.bool() ?? false)
        case UInt8(ascii: "n"):
            _ = try reader.null()
            self = .null
        default:
            let text = String(decoding: try reader.raw(), as: UTF8.self)
            self = Int64(text).map(Tree.int) ?? .number(text)
        }
    }
}

/// Whether the document is JSON, read in four ways that must agree: value by value, skipped, skipped as a member of an
/// object and as an element of an array.
func isAccepted(_ document: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) -> Bool {
    func accepts(_ bytes: [UInt8], _ body: (inout JSONReader) throws -> Bool?) -> Bool {
        do {
            return try JSON.read(bytes, body)
        } catch {
            guard case .syntax(let syntax) = error else {
                Issue.record("\(error)", sourceLocation: sourceLocation)
                return false
            }
            #expect((0...bytes.count).contains(syntax.offset), sourceLocation: sourceLocation)
            return false
        }
    }
    let answers = [
        accepts(document) { reader in
            _ = try Tree(&reader)
            return true
        },
        accepts(document) { reader in
            try reader.skip()
            return true
        },
        accepts(Array("{\"skipped\": ".utf8) + document + [UInt8(ascii: "}")]) { reader in
            try reader.object { _, _ in }
        },
        accepts(Array("[0,".utf8) + document + [UInt8(ascii: "]")]) { reader in
            try reader.array(count: 0...10) { _ in }
        },
    ]
    #expect(
        Set(answers).count == 1, "\(answers): \(String(decoding: document, as: UTF8.self))",
        sourceLocation: sourceLocation)
    return answers[0]
}

func isAccepted(_ document: String, sourceLocation: SourceLocation = #_sourceLocation) -> Bool {
    isAccepted(Array(document.utf8), sourceLocation: sourceLocation)
}

/// The field errors of reading `text`, as `field: message`.
func fieldErrors(
    _ text: String, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: (inout JSONReader) throws -> Bool?
) -> [String] {
    do {
        _ = try JSON.read(Array(text.utf8), body)
        return []
    } catch .fields(let errors) {
        return errors.map { "\($0.field): \($0.message)" }
    } catch {
        Issue.record("\(error)", sourceLocation: sourceLocation)
        return []
    }
}

/// The syntax error of `text`, or nil.
func syntaxError(_ text: String) -> JSONSyntaxError? {
    do {
        _ = try Tree.read(text)
        return nil
    } catch .syntax(let error) {
        return error
    } catch {
        return nil
    }
}
