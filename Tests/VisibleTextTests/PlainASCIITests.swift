import Testing
import VisibleText

@Suite struct PlainASCIITests {
    /// In each place of what is looked at eight at a time, and behind it.
    @Test func everyByteIsSeenInEveryPlace() {
        for place in 0..<11 {
            for byte in UInt8.min...UInt8.max {
                var bytes = [UInt8](repeating: UInt8(ascii: "~"), count: 11)
                bytes[place] = byte
                let isPlain = bytes.withUnsafeBytes { PlainASCII.isAll($0) }
                #expect(isPlain == (0x20..<0x7F).contains(byte))
                let isWord = bytes.withUnsafeBytes { PlainASCII.isAll($0, but: (0x20, 0x22, 0x3d, 0x5c)) }
                #expect(isWord == (isPlain && ![0x20, 0x22, 0x3d, 0x5c].contains(byte)))
            }
        }
    }

    @Test func nothingIsPlain() {
        #expect(PlainASCII.isAll(UnsafeRawBufferPointer(start: nil, count: 0)))
    }
}
