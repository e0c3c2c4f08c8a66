import Testing
import VisibleText

@Suite struct ColumnsTests {
    @Test(
        arguments: [
            ("", 0), ("tea", 3), ("Müller", 6), ("煎茶", 4), ("김민준", 6), ("e\u{301}", 1), ("☕", 2), ("דוד", 3), ("ｗ", 2),
        ])
    func areThoseOfATerminal(_ text: String, _ columns: Int) {
        #expect(text.columns == columns)
    }

    @Test(
        arguments: [
            ("coffee", 6, "coffee"), ("coffee", 5, "coff…"), ("煎茶煎茶", 5, "煎茶…"), ("煎茶煎茶", 4, "煎…"), ("tea", 1, "…"),
            ("tea", 0, ""),
        ])
    func whatIsTooLongEndsWithAMark(_ text: String, _ limit: Int, _ shown: String) {
        #expect(text.fitting(columns: limit) == shown)
        #expect(shown.columns <= limit)
    }
}
