import JSON
import JSONSchema
import Testing

/// What a body may have in it, and nothing else.
@Suite struct ClosedTests {
    private static let money = JSONSchema.named("Money", .object([.required("amount", .integer(0...1))]))
    private static let line = JSONSchema.named("Line", .object([.required("id", .text())], others: .closed))

    private func written(_ schema: JSONSchema) -> String {
        var json = JSONWriter()
        schema.write(to: &json, references: "#/")
        return String(decoding: json.finish(), as: UTF8.self)
    }

    @Test func noObjectOfABodyIsOpen() throws {
        let body = JSONSchema.named(
            "Body",
            .object([
                .required("lines", .array(of: Self.line)), .optional("price", Self.money.orNull.described("Of all.")),
                .optional("inner", .object([.optional("x", .boolean)])),
            ])
        ).closed
        #expect(written(body) == ##"{"$ref":"#/Body"}"##)
        #expect(body.named.keys.sorted() == ["Body", "Line"])
        #expect(
            try written(#require(body.named["Body"]))
                == ##"{"type":"object","required":["lines"],"properties":{"lines":{"type":"array","items":"##
                + ##"{"$ref":"#/Line"}},"price":{"description":"Of all.","type":["object","null"],"required":["amount"],"##
                + ##""properties":{"amount":{"type":"integer","format":"int64","minimum":0,"maximum":1}},"##
                + ##""additionalProperties":false},"inner":{"type":"object","properties":{"x":{"type":"boolean"}},"##
                + ##""additionalProperties":false}},"additionalProperties":false}"##)
    }

    @Test func itsMembersAreKnown() {
        let body = JSONSchema.object([
            .required("lines", .array(of: Self.line)), .optional("words", .object([], others: .each(.text()))),
        ]).closed
        #expect(
            body.members
                == .named([
                    .init("lines", .elements(.named([.init("id", .any)]))), .init("words", .each(.any)),
                ]))
        #expect(JSONSchema.object([]).members == .any && JSONSchema.object([]).closed.members == .named([]))
    }

    /// Which of several is meant is known when all has been read.
    @Test func alternativesHaveTheMembersOfAll() {
        let either = JSONSchema.oneOf([
            .object([.optional("a", .boolean)]), .object([.optional("a", .boolean), .optional("b", .boolean)]),
        ]).closed
        #expect(either.members == .named([.init("a", .any), .init("b", .any)]))
        #expect(JSONSchema.oneOf([.boolean, .object([.optional("a", .boolean)]).closed]).members == .any)
    }

    @Test func freeNamesHaveTheirRules() {
        #expect(
            written(.object([], others: .each(.boolean, names: .text(1...40), most: 50)))
                == #"{"type":"object","additionalProperties":{"type":"boolean"},"#
                + #""propertyNames":{"type":"string","minLength":1,"maxLength":40},"maxProperties":50}"#)
    }
}
