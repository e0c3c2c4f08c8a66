/// RFC 2045, 6.7: text of any length and any letters in short lines of ASCII that a person can still read.
enum QuotedPrintable {
    /// Bytes of a line, its soft break included.
    private static let longest = 76

    /// Lines end with CR and LF, whatever ended them before.
    static func encode(_ text: String) -> [UInt8] {
        var result: [UInt8] = []
        let bytes = Array(text.utf8)
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            var line = bytes[start..<end]
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            encode(line, to: &result)
            result += Array("\r\n".utf8)
            start = end + 1
        }
        return result
    }

    private static func encode(_ line: ArraySlice<UInt8>, to result: inout [UInt8]) {
        var length = 0
        for index in line.indices {
            let byte = line[index]
            let isLast = index == line.endIndex - 1
            let isPlain =
                (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "=")
                // At a line's end servers may take blanks away.
                || (byte == 0x20 || byte == 0x09) && !isLast
            let piece = isPlain ? [byte] : Array(("=" + hexadecimal(byte)).utf8)
            if length + piece.count > longest - (isLast ? 0 : 1) {
                result += Array("=\r\n".utf8)
                length = 0
            }
            result += piece
            length += piece.count
        }
    }
}
