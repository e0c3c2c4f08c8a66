import Headers
import Testing

@Suite struct RecordHeadersTests {
    private let all = [
        RecordHeader("a", [1, 2, 3]), RecordHeader("a", nil), RecordHeader("", []), RecordHeader("ü🎁", [0xFF, 0x00]),
    ]

    @Test func comeBackAsTheyWent() {
        let headers = RecordHeaders(all)
        #expect(Array(headers) == all)
        #expect(headers.count == 4)
        #expect(RecordHeaders(bytes: headers.bytes) == headers)
        #expect(RecordHeaders(bytes: []) == [])
        #expect(headers != RecordHeaders(all.reversed()))
    }

    @Test func nullIsNotEmpty() {
        #expect(RecordHeaders([RecordHeader("a", nil)]) != RecordHeaders([RecordHeader("a", [])]))
        var isNull: [Bool] = []
        RecordHeaders(all).forEachBytes { isNull.append($1 == nil) }
        #expect(isNull == [false, true, false, false])
    }

    @Test func theLastOfANameCounts() {
        #expect(
            RecordHeaders([RecordHeader("a", "1"), RecordHeader("b", "2"), RecordHeader("a", "3")]).text("a") == "3")
        #expect(RecordHeaders(all).text("a") == nil)
        #expect(RecordHeaders(all).text("") == "")
        #expect(RecordHeaders(all).text("ü🎁") == nil)
        #expect(RecordHeaders(all).text("b") == nil)
    }

    /// Every way in which a column can be cut or damaged: refused, and nothing beyond it is read.
    @Test func damagedBytesAreRefused() {
        for bytes in [
            [1, 2], [0xFF, 0xFF, 0xFF, 0x7F], [0, 0, 0, 0], [0xFF, 0xFF, 0xFF, 0xFF], [0xFE, 0xFF, 0xFF, 0xFF],
        ] {
            #expect(RecordHeaders(bytes: bytes.map { UInt8($0) }) == nil)
        }
        let whole = RecordHeaders(all).bytes
        let ends = Set((0...4).map { RecordHeaders(all.prefix($0)).bytes.count })
        for count in 0...whole.count {
            #expect((RecordHeaders(bytes: Array(whole.prefix(count))) != nil) == ends.contains(count), "\(count)")
        }
    }
}
