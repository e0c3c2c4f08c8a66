import JSON
import JSONSchema
import Testing

@Suite struct JSONSchemaTests {
    private func written(_ schema: JSONSchema) -> String {
        var json = JSONWriter()
        schema.write(to: &json, references: "#/components/schemas/")
        return String(decoding: json.finish(), as: UTF8.self)
    }

    @Test func textHasItsRules() {
        #expect(written(.text(1...200)) == #"{"type":"string","minLength":1,"maxLength":200}"#)
        #expect(written(.uuid.orNull) == #"{"type":["string","null"],"format":"uuid"}"#)
        #expect(written(.text(pattern: "^[A-Z]{3}$")) == #"{"type":"string","pattern":"^[A-Z]{3}$"}"#)
        #expect(written(.choice(["a", "b"]).orNull) == #"{"type":["string","null"],"enum":["a","b",null]}"#)
    }

    @Test func numbersHaveTheirRange() {
        #expect(
            written(.integer(1...9).byDefault(5).example(3))
                == #"{"type":"integer","format":"int64","minimum":1,"maximum":9,"examples":[3],"default":5}"#)
        #expect(written(.integer(.min ... .max)) == #"{"type":"integer","format":"int64"}"#)
    }

    @Test func objectsNameTheirMembers() {
        let point = JSONSchema.object([.required("x", .boolean), .optional("y", .anything)])
        #expect(written(point) == #"{"type":"object","required":["x"],"properties":{"x":{"type":"boolean"},"y":{}}}"#)
        #expect(written(.object([], others: .closed)) == #"{"type":"object","additionalProperties":false}"#)
        #expect(
            written(.object([], others: .each(.boolean)))
                == #"{"type":"object","additionalProperties":{"type":"boolean"}}"#)
    }

    @Test func arraysHaveTheirCount() {
        #expect(
            written(.array(of: .boolean, 1...3))
                == #"{"type":"array","items":{"type":"boolean"},"minItems":1,"maxItems":3}"#)
        #expect(
            written(.oneOf([.boolean, .uuid]).orNull)
                == #"{"oneOf":[{"type":"boolean"},{"type":"string","format":"uuid"},{"type":"null"}]}"#)
    }

    @Test func namedSchemasAreReferredToAndFound() {
        let money = JSONSchema.named("Money", .object([.required("amount", .integer(0...1))]))
        let line = JSONSchema.named(
            "Line", .object([.required("price", money.described("of one")), .optional("old", money.orNull)]))
        let list = JSONSchema.array(of: line)
        #expect(written(list) == ##"{"type":"array","items":{"$ref":"#/components/schemas/Line"}}"##)
        #expect(list.named.keys.sorted() == ["Line", "Money"])
        #expect(
            list.named["Line"].map(written)
                == ##"{"type":"object","required":["price"],"properties":{"price":{"description":"of one","##
                + ##""$ref":"#/components/schemas/Money"},"old":{"anyOf":[{"$ref":"#/components/schemas/Money"},"##
                + ##"{"type":"null"}]}}}"##)
    }
}
