import ExactText
import Testing

struct ExactTextTests {
    /// Pairs that Swift's String takes for one text.
    static let pairs = [
        ("SKU-1", "S\u{212a}U-1"), ("\u{c5}-1", "A\u{30a}-1"), ("\u{c5}-1", "\u{212b}-1"), ("\u{3a9}", "\u{2126}"),
        ("a;b", "a\u{37e}b"), ("q\u{323}\u{307}", "q\u{307}\u{323}"), ("\u{ac00}", "\u{1100}\u{1161}"),
    ]

    @Test(arguments: pairs) func whatIsEquivalentIsTwoTexts(_ pair: (String, String)) {
        #expect(pair.0 == pair.1, "this is why")
        let (one, other) = (ExactText(pair.0), ExactText(pair.1))
        #expect(one != other)
        #expect(Set([one, other]).count == 2)
        #expect([one: 1, other: 2][other] == 2)
        #expect((one < other) != (other < one))
    }

    @Test func itIsEqualToItselfHoweverItCameToBe() {
        let text: ExactText = "caf\u{e9} 🎁"
        let copy = ExactText(String(decoding: Array("caf\u{e9} 🎁".utf8), as: UTF8.self))
        #expect(text == copy && text.hashValue == copy.hashValue && !(text < copy))
        #expect("\(text)" == "caf\u{e9} 🎁" && text.byteCount == 10)
        #expect(ExactText("") == "" && ExactText("").hashValue == ExactText("").hashValue)
    }

    /// In the order of SQLite's BINARY and PostgreSQL's collation "C": what is locked in this order is locked in theirs.
    @Test func sortsByBytes() {
        let sorted: [ExactText] = ["", "A", "A-1", "A\u{30a}-1", "Z", "a", "\u{c5}-1", "\u{212b}-1", "\u{fffd}", "🎁"]
        #expect(sorted.reversed().sorted() == sorted)
        #expect(sorted.shuffled().sorted() == sorted)
        #expect(
            sorted.map { Array($0.string.utf8) }.sorted { $0.lexicographicallyPrecedes($1) }
                == sorted.map { Array($0.string.utf8) })
    }
}
