import JSON
import Testing

@Suite struct IndentTests {
    @Test func hasALineForEachValue() {
        let text = #"{"a":[1,{"b":"x, \"{y}\\"}],"c":{},"d":[],"e":null}"#
        #expect(
            String(decoding: JSON.indented(Array(text.utf8)), as: UTF8.self) == #"""
                {
                  "a": [
                    1,
                    {
                      "b": "x, \"{y}\\"
                    }
                  ],
                  "c": {},
                  "d": [],
                  "e": null
                }

                """#)
    }
}
