import ExactText
import Foundation
import JSON
import JSONSchema
import Shop
import Testing

/// What a schema lets through is read, and what it does not is refused.
@Suite struct SchemaTests {
    private func fits(_ text: String, _ schema: JSONSchema) throws -> Bool {
        guard case .string(let rules) = schema.shape else { return false }
        let length = try #require(rules.length)
        // In ECMA-262 `$` is the text's end, here it is also before a last line break.
        let pattern = try NSRegularExpression(pattern: #require(rules.pattern).dropLast() + "\\z")
        let whole = NSRange(text.startIndex..., in: text)
        return length.contains(text.unicodeScalars.count) && pattern.firstMatch(in: text, range: whole) != nil
    }

    private func isRead<Value>(_ text: String, _ body: (inout JSONReader) throws -> Value?) -> Bool {
        (try? JSON.read(JSONSchema.json(text), body)) != nil
    }

    @Test(arguments: [
        ("030/1234567", true), ("+44 20 7946 0000", true), ("(+49) 30/123-456", true), ("12345", true),
        ("+12345", true), ("(12345)", true), ("( +12345", true), ("12345.", true), ("123456789012345", true),
        ("12345+", false), ("+1+2345678", false), ("1+2345678", false), ("++12345", false), (")+12345", false),
        ("1234", false), ("1234567890123456", false), ("+", false), ("12345x", false), ("", false),
    ])
    func phones(_ text: String, isGood: Bool) throws {
        #expect(try fits(text, Text.phoneSchema) == isGood)
        #expect(isRead(text) { try $0.phone() } == isGood)
        // What was taken before still stands in events.
        #expect(try fits(text, Text.keptPhoneSchema) == isRead(text) { try $0.phone(isKept: true) })
    }

    @Test(arguments: [
        ("a@b", true), ("ada@example.com", true), ("ä@ö.c", true), ("a..b@c", true), (".a.@c", true),
        ("a@b-c.d.e", true), ("a@b..c", false), ("a@.b", false), ("a@b.", false), ("a@.", false), ("@b", false),
        ("a@", false), ("a@b@c", false), ("a @b", false), ("a@b c", false), ("a@b\n", false), ("abc", false),
    ])
    func addresses(_ text: String, isGood: Bool) throws {
        #expect(try fits(text, Text.emailSchema) == isGood)
        #expect(isRead(text) { try $0.email() } == isGood)
        // What was taken before still stands in events.
        if text.contains("@b.") || text.contains("@.") { #expect(try fits(text, Text.keptEmailSchema)) }
    }

    @Test(arguments: [
        ("PROD-001", true), ("...", true), (".a", true), ("a.", true), ("..a", true), ("a b", true), ("./.", true),
        (".", false), ("..", false), ("", false), (" ", false), ("a\n", false),
        (String(repeating: "a", count: 64), true), (String(repeating: "a", count: 65), false),
    ])
    func productIDs(_ text: String, isGood: Bool) throws {
        #expect(try fits(text, ProductID.schema) == isGood)
        #expect(isRead(text) { try $0.productID() } == isGood)
    }
}
