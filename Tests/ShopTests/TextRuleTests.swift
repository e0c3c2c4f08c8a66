import ExactText
import JSON
import Shop
import Testing

/// What people may send as text.
@Suite struct TextRuleTests {
    private func read(_ text: String, _ body: (inout JSONReader) throws -> ExactText?) -> Result<
        ExactText, JSONReadError
    > {
        var json = JSONWriter()
        json.string(text)
        let bytes = json.finish()
        return Result { () throws(JSONReadError) in try JSON.read(bytes, body) }
    }

    private func isName(_ text: String) -> Bool {
        (try? read(text) { try $0.text(limit: Text.nameLimit) }.get()) == ExactText(text)
    }

    @Test(arguments: [
        "", " ", "\u{a0}", "\u{200b}", "\u{200b}\u{200b}", "\u{2060}", "\u{feff}", "\u{ad}", "\u{200d}", "\u{202e}",
        "\u{3164}", "\u{115f}\u{1160}", "\u{2800}", "\u{fe0f}", "\u{e0020}", " \u{200b}\u{3000}",
        "\u{300}", " \u{300}\u{301}", "\u{20dd}",
    ])
    func whatNobodySeesIsNoName(_ text: String) {
        #expect(!isName(text))
        let id = read(text) { try $0.productID().map { ExactText($0.string) } }
        #expect(id == .failure(.fields([JSONFieldError(field: "", message: "must not be blank")])))
        #expect(throws: JSONReadError.self) { try read("\(text)@example.com") { try $0.email() }.get() }
    }

    @Test(arguments: ["A", "-", "Ünal", "日本", "👨\u{200d}👩\u{200d}👧", "می\u{200c}خواهم", "e\u{301}", "\u{200b}a", "a b"])
    func whatCanBeSeenIs(_ text: String) {
        #expect(isName(text))
    }

    @Test(arguments: [0xFFFF, 0xFFFE, 0xFDD0, 0x1FFFF] as [UInt32])
    func aCodePointThatIsNoCharacterIsNoText(_ value: UInt32) throws {
        let text = "a" + String(try #require(Unicode.Scalar(value)))
        #expect(!isName(text))
        // What was taken before still stands in rows and events.
        #expect(throws: Never.self) { try read(text) { try $0.text(limit: 10, isKept: true) }.get() }
    }

    /// `/inventory/..` is `/` to whoever sends it.
    @Test func anIDCanStandInAURL() {
        func id(_ text: String, isKept: Bool = false) -> ExactText? {
            try? read(text) { try $0.productID(isKept: isKept).map { ExactText($0.string) } }.get()
        }
        for text in [".", ".."] {
            #expect(id(text) == nil && id(text, isKept: true) != nil)
        }
        for text in ["...", ".a", "a.", "a/b", "%2e", "../a"] { #expect(id(text) != nil, "\(text)") }
    }

    /// Text is looked at eight bytes at a time: each byte of ASCII, at each place.
    @Test func noControlCharacterIsPassedOver() {
        for value in UInt8(0)..<0x80 {
            for place in 1...17 {
                let text = String(repeating: "a", count: place) + String(Unicode.Scalar(value)) + "b\u{7e}"
                #expect(isName(text) == (0x20..<0x7F).contains(value), "\(value) at \(place)")
            }
        }
    }

    /// One letter with a million accents is one character to Swift.
    @Test func lengthsAreInUnicodeScalars() {
        #expect(isName("a" + String(repeating: "\u{301}", count: 199)))
        #expect(!isName("a" + String(repeating: "\u{301}", count: 200)))
        #expect(!isName("a" + String(repeating: "\u{301}", count: 1_000_000)))
        #expect(isName(String(repeating: "🎁", count: 200)) && !isName(String(repeating: "🎁", count: 201)))
        #expect(isName(String(repeating: "a", count: 200)) && !isName(String(repeating: "a", count: 201)))
    }

    @Test func anAddressHasNoLineBreakAndNoSpace() {
        for text in ["a@b", "ada@example.com", "ä@ö", "a+b@c", "a.b@c", "a..b@c", ".a.@c", "a@b-c.d", "a@[127.0.0.1]"] {
            #expect(throws: Never.self) { try read(text) { try $0.email() }.get() }
        }
        for text in [
            "@b", "a@", "a", "a@@b", "a@b@c", "a @b", "a@b\n", "a@b\r\nBcc: c@d", "a@\u{2028}b", "ä@", "ä@b c",
            "a@b..c", "a@.b", "a@b.", "a@.", "ä@b..c",
        ] {
            #expect(throws: JSONReadError.self) { try read(text) { try $0.email() }.get() }
        }
    }

    @Test func aPhoneNumberIsWrittenInManyWays() {
        func isPhone(_ text: String, isKept: Bool = false) -> Bool {
            (try? read(text) { try $0.phone(isKept: isKept) }.get()) != nil
        }
        for text in ["+44 20 7946 0000", "(+49) 30/123-456", "030.1234", "12345", "+1 (555) 010-0000"] {
            #expect(isPhone(text), "\(text)")
        }
        for text in ["1234", "1234567890123456", "12+34567", "++12345", "12345x", "１２３４５", "12345\u{300}"] {
            #expect(!isPhone(text), "\(text)")
        }
        #expect(isPhone("12+34567", isKept: true))
    }
}
