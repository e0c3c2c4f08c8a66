import Testing

@testable import JSON

@Suite struct SyntaxTests {
    @Test(arguments: [
        "null", "true", "false", "0", "-0", "1", "-1", "10", "1.5", "-0.0", "0.10", "1e5", "1E+5", "1e-05", "1e400",
        "-0e0",
        "123456789012345678901234567890", "\"\"", "\"a\"", "[]", "{}", "[ ]", "{ }", " \t\r\n[ 1 , 2 ]\n ",
        "{\"a\":1}", "{ \"a\" : 1 , \"b\" : [ ] }", "{\"\":1}", "{\"a\":{\"a\":{\"a\":1}}}", "[{\"a\":1},{\"a\":2}]",
        #""\"\\\/\b\f\n\r\t""#, #""\u0000""#, #""\ud83d\ude00""#, #""\uD83D\uDE00""#, #""\ue000\uFFFF""#,
        "\"\u{7F}\u{80}\u{7FF}\u{800}\u{D7FF}\u{E000}\u{FFFF}\u{10000}\u{10FFFF}\"", "\"\u{2028}\u{2029}/\"",
        "{\"e\u{301}\":1,\"\u{E9}\":2}",
    ])
    func accepts(document: String) {
        #expect(isAccepted(document))
    }

    @Test(arguments: [
        "", " ", "\u{FEFF}{}", "\u{FEFF}", "nul", "nulll", "Null", "TRUE", "tru", "truefalse", "NaN", "Infinity",
        "-Infinity",
        "undefined", "1 2", "{} {}", "[] x", "null\0", "{}//", "// c\n{}", "/* c */1", "[1 /* c */]", "#", "'a'",
        "00", "01", "-01", "-", "+1", "--1", "1.", ".5", "-.5", "1.e5", "1e", "1e+", "1e-", "1.5.5", "1ee5", "0x10",
        "1_000",
        "1\u{A0}", "\u{A0}1", "\u{C}1", "\u{B}1", "\u{661}",
        "[", "]", "[1", "[1,", "[1,]", "[,1]", "[,]", "[1,,2]", "[1 2]", "[1;2]", "[1}", "[\"a\":1]", "[[]", "[]]",
        "{", "}", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{,}", "{\"a\" 1}", "{\"a\"::1}",
        "{\"a\":}",
        "{a:1}", "{'a':1}", "{1:1}", "{null:1}", "{\"a\":1 \"b\":2}", "{\"a\":1;\"b\":2}", "{\"a\":1,,\"b\":2}",
        "{\"a\":1]", "{:1}",
        "{\"a\",\"b\"}", "{\"a\":1,\"b\"}",
        "\"", "\"a", "a\"", "\"\\\"", "\"\\", "\"\"\"", #""\x41""#, #""\'""#, #""\0""#, #""\U0041""#, #""\a""#,
        "\"\\\n\"",
        #""\u""#, #""\u1""#, #""\u12""#, #""\u123""#, #""\u123g""#, #""\u-123""#, #""\u 123""#, #""\u+041""#,
        #""\ud83d""#, #""\ude00""#, #""\ud83d ""#, #""\ud83dx""#, #""\ud83d\n""#, #""\ud83d\ud83d""#,
        #""\ude00\ud83d""#,
        #""\ud83d\u0041""#, #""\ud83d\ude0""#, #""\ud83d\""#, #""\ud83d\u""#, #""\udfff""#, #""\udbff\ue000""#,
    ])
    func refuses(document: String) {
        #expect(!isAccepted(document))
    }

    @Test(arguments: 0..<0x20)
    func refusesRawControlCharacters(code: UInt8) {
        #expect(!isAccepted([0x22, code, 0x22]))
        #expect(!isAccepted([0x22] + Array("eight plain bytes, and more ".utf8) + [code, 0x22]))
        #expect(!isAccepted([0x7B, 0x22, code, 0x22, 0x3A, 0x31, 0x7D]))
        let isSpace = [0x20, 0x09, 0x0A, 0x0D].contains(code)
        #expect(isAccepted([code, 0x31]) == isSpace)
        #expect(isAccepted([0x5B, code, 0x31, code, 0x2C, code, 0x31, code, 0x5D]) == isSpace)
    }

    /// Overlong forms, surrogates, what is beyond U+10FFFF, lone and missing continuations.
    @Test(
        arguments: [
            [0x80], [0xBF], [0xC0, 0x80], [0xC0, 0xAF], [0xC1, 0xBF], [0xC2], [0xC2, 0x20], [0xC2, 0xC2], [0xDF, 0x7F],
            [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF], [0xE0, 0xA0], [0xE1, 0x80], [0xE1, 0x80, 0x20], [0xE1, 0x20, 0x80],
            [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xED, 0xA0, 0xBD, 0xED, 0xB8, 0x80], [0xEF, 0xBF], [0xEF],
            [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x90, 0x80], [0xF0, 0x90], [0xF0],
            [0xF0, 0x90, 0x20, 0x80], [0xF0, 0x90, 0x80, 0x20], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80],
            [0xF8, 0x88, 0x80, 0x80, 0x80], [0xFC, 0x84, 0x80, 0x80, 0x80, 0x80], [0xFE], [0xFF], [0xFF, 0xFE],
        ] as [[UInt8]])
    func refusesWhatIsNoUTF8(sequence: [UInt8]) {
        #expect(!isAccepted([0x22] + sequence + [0x22]))
        #expect(!isAccepted([0x22] + Array("plain ".utf8) + sequence + Array(" plain".utf8) + [0x22]))
        #expect(!isAccepted(Array("{\"".utf8) + sequence + Array("\":1}".utf8)))
        #expect(!isAccepted([0x22] + sequence))
        #expect(!isAccepted(sequence))
    }

    @Test func everyScalarComesThrough() async throws {
        for first in stride(from: 0x20 as UInt32, to: 0x11_0000, by: 0x400) {
            // Seconds of work: the others have their turn.
            await Task.yield()
            var text = ""
            for code in first..<first + 0x400 {
                guard let scalar = Unicode.Scalar(code), scalar != "\"", scalar != "\\" else { continue }
                text.unicodeScalars.append(scalar)
            }
            let value = try Tree.read("\"\(text)\"")
            guard case .string(let read) = value, read.utf8.elementsEqual(text.utf8) else {
                Issue.record("from U+\(String(first, radix: 16)) on")
                return
            }
        }
    }

    @Test func everyCodeUnitEscaped() throws {
        for code: UInt32 in 0...0xFFFF {
            let hex = String(code, radix: 16, uppercase: code % 2 == 0)
            let escape = "\"\\u" + String(repeating: "0", count: 4 - hex.count) + hex + "\""
            let expected = Unicode.Scalar(code).map { Tree.string(String(Character($0))) }
            let value = try? Tree.read(escape)
            guard value == expected else {
                Issue.record("\(escape)")
                return
            }
        }
        #expect(try Tree.read(#""\ud800\udc00\udbff\udfff""#) == .string("\u{10000}\u{10FFFF}"))
    }

    @Test func nestsTo64() {
        for (opening, closing) in [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")] {
            let levels = opening.count == 6 ? 2 : 1
            func nested(_ depth: Int) -> String {
                let count = depth / levels
                return String(repeating: opening, count: count) + "1" + String(repeating: closing, count: count)
            }
            #expect(syntaxError(nested(64)) == nil)
            #expect(syntaxError(nested(64 + levels))?.message == "nested deeper than 64")
            #expect(syntaxError(nested(200_000))?.message == "nested deeper than 64")
            #expect(
                fieldErrors(nested(64)) { try $0.int(in: 1...2).map { _ in true } } == [
                    ": must be a whole number from 1 to 2"
                ])
        }
        // Side by side is no depth.
        #expect(isAccepted("[" + String(repeating: "[{}],", count: 100) + "1]"))
    }

    /// What nobody asks for in an open document may be any JSON: deep, wide, with names that come twice.
    @Test func anOpenDocumentMayHaveAnything() throws {
        func read(_ unknown: String) throws(JSONReadError) -> Int64 {
            try JSON.read(Array("{\"unknown\":\(unknown),\"known\":7}".utf8), isOpen: true) { json in
                var known: Int64?
                _ = try json.object { key, json in
                    if case "known" = key { known = try json.int(in: 0...9) } else { try json.skip() }
                }
                return known
            }
        }
        for (opening, closing) in [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]"), (" [ 1 , ", " ] ")] {
            let deep = String(repeating: opening, count: 200_000) + "1" + String(repeating: closing, count: 200_000)
            #expect(try read(deep) == 7)
            #expect(throws: JSONReadError.self) { try read(String(deep.dropLast(closing.count))) }
            #expect(throws: JSONReadError.self) { try read(String(deep.dropFirst(opening.count))) }
        }
        #expect(try read(#"{"a":1,"a":{"b":[],"b":{}}}"#) == 7)
        #expect(try read("[" + String(repeating: #"{"x":[1.5e3,null,"é\n"]},"#, count: 50_000) + "true]") == 7)
        for wrong in [
            "[1,]", "[,1]", "{\"a\"}", "{\"a\":}", "{1:2}", "{\"a\":1,}", "[1 2]", "[}", "{]", "tru", "[\"\\ud800\"]",
        ] {
            #expect(throws: JSONReadError.self, "\(wrong)") { try read(wrong) }
        }
        #expect(throws: JSONReadError.self, "a name that is read comes once") { try read(#"1,"unknown":2"#) }
    }

    @Test func aTruncatedDocumentIsNone() throws {
        let document = Array(
            #" {"a": [1, -2.5e+3, true, false, null, {}, []], "\u00e9\ud83d\ude00": "é😀\n\ud83d\ude00", "b": {"c": "d"}}"#
                .utf8)
        #expect(isAccepted(document))
        for count in 0..<document.count {
            let isJSON = isAccepted(Array(document[..<count]))
            #expect(!isJSON, "of \(count) bytes")
        }
    }

    @Test func saysWhere() {
        #expect(syntaxError("{\"a\": 01}")?.offset == 7)
        #expect(syntaxError("[1,]") == JSONSyntaxError(offset: 3, message: "a value is missing"))
        #expect(
            syntaxError("[1 2]") == JSONSyntaxError(offset: 3, message: "a comma or the end of the array is missing"))
        #expect(syntaxError("{} x") == JSONSyntaxError(offset: 3, message: "something follows the document"))
        #expect(syntaxError("") == JSONSyntaxError(offset: 0, message: "the document ends too soon"))
        #expect(
            syntaxError("{\"a\": 1, \"\\u0061\": 2}")
                == JSONSyntaxError(offset: 9, message: "a name comes twice in one object"))
    }
}
