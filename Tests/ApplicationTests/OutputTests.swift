import JSON
import Testing

@testable import Application

/// What reaches a terminal.
@Suite struct OutputTests {
    @Test func jsonMeansTheSame() throws {
        let text = "a\u{202e}b\u{2066}c\u{e0001}d 👨\u{200d}👩 größe \u{85} \"\\"
        var json = JSONWriter()
        json.string(text)
        let document = json.finish()
        let safe = safeJSON(document)
        #expect(try JSON.read(safe) { try $0.string() }.utf8.elementsEqual(text.utf8))
        let steering = String(decoding: safe, as: UTF8.self).unicodeScalars.filter {
            [.control, .format, .lineSeparator, .paragraphSeparator].contains($0.properties.generalCategory)
        }
        #expect(steering.isEmpty)
        #expect(safeJSON(Array("{\"a\":\"é\"}\n".utf8)) == Array("{\"a\":\"é\"}\n".utf8))
    }

    @Test func aTableShowsWhatItsCellsHold() {
        #expect(Table.text([["A", "B"], ["x\u{202e}\ny", "z"]]) == "A     B\nx\u{FFFD}\u{FFFD}y  z")
    }
}
