import Testing

@testable import HTTPAPI

@Suite struct CursorTests {
    private static let list = Array("6:/orders".utf8)
    private static let cursors = Cursors(key: Array(1...16))

    @Test(arguments: [0, 1, 15, 16, 255, Int64.max]) func cursorsComeBack(_ position: Int64) {
        let text = Self.cursors.text(position, of: Self.list)
        #expect(text.utf8.count == Cursors.length)
        #expect(Self.cursors.position(text, of: Self.list) == position)
        #expect(Cursors(key: Array(1...16)).position(text, of: Self.list) == position, "another replica reads it")
    }

    /// Neither where it stands in a list nor what was chosen can be read from it, nor how many there are from two.
    @Test func aCursorSaysNothing() {
        let texts = (0..<100).map { Self.cursors.text($0, of: Self.list) }
        #expect(Set(texts.map { $0.prefix(8) }).count == 100)
    }

    @Test func whatIsChangedIsNoCursor() {
        let text = Array(Self.cursors.text(7, of: Self.list).utf8)
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        for place in text.indices {
            for digit in digits where digit != text[place] {
                var other = text
                other[place] = digit
                #expect(Self.cursors.position(String(decoding: other, as: UTF8.self), of: Self.list) == nil)
            }
        }
    }

    @Test func anotherListsCursorIsNone() {
        let text = Self.cursors.text(7, of: Self.list)
        #expect(Self.cursors.position(text, of: Array("10:/inventory".utf8)) == nil)
        #expect(Cursors.ofThisProcess().position(text, of: Self.list) == nil)
    }

    /// Cursors of earlier versions among them.
    @Test(arguments: ["", "p", "p1f", "0", "AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAA==", "ä", "%41"])
    func nonsenseIsNoCursor(_ text: String) {
        #expect(Self.cursors.position(text, of: Self.list) == nil)
    }

    @Test func bytesComeBack() {
        for count in 0...40 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 73 &+ 251) }
            #expect(Base64URL.bytes(Base64URL.text(bytes)) == bytes)
        }
        #expect(Base64URL.text(Array("fo>?".utf8)) == "Zm8-Pw" && Base64URL.bytes("Zm8-Px") == nil)
    }
}
