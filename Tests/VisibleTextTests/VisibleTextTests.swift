import Testing
import VisibleText

struct VisibleTextTests {
    /// Every character of all of Unicode that a display obeys, by its categories: Cc, Cf, Zl, Zp.
    @Test func nothingThatADisplayObeysIsLeft() {
        let obeyed = (0...0x10_FFFF as ClosedRange<UInt32>).compactMap(Unicode.Scalar.init).filter {
            [.control, .format, .lineSeparator, .paragraphSeparator].contains($0.properties.generalCategory)
        }
        #expect(obeyed.count > 200)
        for scalar in obeyed {
            #expect("a\(Character(scalar))b".printable() == "a\u{FFFD}b", "U+\(String(scalar.value, radix: 16))")
        }
        let bidi: [Unicode.Scalar] = ["\u{61c}", "\u{200e}", "\u{202e}", "\u{2066}", "\u{2069}", "\u{e0001}"]
        #expect(bidi.allSatisfy { obeyed.contains($0) && $0.isInvisible })
    }

    @Test func textStaysAsItIs() {
        for text in ["", "plain", "Größe 5", "Ünal 🎁", "日本語", "a\u{301}", "שלום"] {
            #expect(text.printable() == text && text.printable(keepingLines: true) == text)
        }
        #expect("a\nb\rc".printable(keepingLines: true) == "a\nb\u{FFFD}c")
        #expect("a\nb".printable() == "a\u{FFFD}b")
        #expect("\u{1B}[31mred".printable() == "\u{FFFD}[31mred")
    }

    @Test func whatNobodySees() {
        let invisible: [Unicode.Scalar] = [
            " ", "\t", "\u{a0}", "\u{ad}", "\u{34f}", "\u{115f}", "\u{180e}", "\u{2003}", "\u{200b}", "\u{200d}",
            "\u{2060}", "\u{2800}", "\u{3000}", "\u{3164}", "\u{fe0f}", "\u{feff}", "\u{e0100}", "\u{301}", "\u{20dd}",
        ]
        for scalar in invisible { #expect(scalar.isInvisible, "U+\(String(scalar.value, radix: 16))") }
        for scalar: Unicode.Scalar in ["a", "-", "é", "🎁", "日"] { #expect(!scalar.isInvisible) }
    }
}
