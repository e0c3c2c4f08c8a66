import JSON
import Testing

@Suite struct JSONValueTests {
    @Test func holdsWhateverADocumentHas() throws {
        let text = #"{"a":[1,-2.5e3,null],"b":{"c":"\u00e9","d":true,"e":false},"a\/b":12345678901234567890}"#
        let value = try JSONValue.read(Array(text.utf8))
        #expect(value.members.map(\.name) == ["a", "b", "a/b"])
        #expect(value["a"]?.elements.first?.int == 1)
        if case .number(let number)? = value["a"]?.elements[1] { #expect(number == "-2.5e3") } else { Issue.record() }
        if case .null? = value["a"]?.elements[2] {} else { Issue.record() }
        #expect(value["b"]?["c"]?.string == "é")
        #expect(value["b"]?["d"]?.bool == true && value["b"]?["e"]?.bool == false)
        // Too large for a number of ours, and there all the same.
        #expect(value["a/b"]?.int == nil)
        #expect(value["x"] == nil && value["a"]?["x"] == nil)
    }

    @Test(arguments: ["", "{", "[1,]", "nul", "{\"a\":1}x", "\"\u{1}\""]) func whatIsNoJSONIsRefused(_ text: String) {
        #expect(throws: JSONReadError.self) { try JSONValue.read(Array(text.utf8)) }
    }

    @Test func depthIsBounded() {
        let text = String(repeating: "[", count: 100_000)
        #expect(throws: JSONReadError.self) { try JSONValue.read(Array(text.utf8)) }
    }
}
