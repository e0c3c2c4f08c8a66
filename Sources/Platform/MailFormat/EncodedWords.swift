import Crypto

/// Text in a head that is not plain ASCII (RFC 2047), as words of base64 or of letters and hexadecimal digits, whichever is shorter.
enum EncodedWords {
    /// Of a word, its frame included, so that it fits behind a head's name into a line of 76 (RFC 2047, 2).
    private static let longest = 64
    private static let open = "=?UTF-8?"

    /// Whether text can stand as it is: printable ASCII, and nothing that reads as an encoded word.
    static func arePlain(_ text: String) -> Bool {
        text.utf8.allSatisfy { (0x20...0x7E).contains($0) } && !text.contains("=?")
    }

    /// One or more words, each of which holds whole characters, to be parted by folds or spaces.
    static func of(_ text: String) -> [String] {
        let room = longest - open.utf8.count - "Q??=".utf8.count
        let bytes = Array(text.utf8)
        let special = bytes.count { !isPlain($0) }
        let isShortAsQ = special * 3 < bytes.count
        var words: [String] = []
        var start = 0
        while start < bytes.count {
            var end = start
            var length = 0
            while end < bytes.count {
                let next = endOfCharacter(bytes, end)
                let added = isShortAsQ ? bytes[end..<next].reduce(0) { $0 + (isPlain($1) || $1 == 0x20 ? 1 : 3) } : 0
                let size = isShortAsQ ? length + added : ((next - start + 2) / 3) * 4
                guard size <= room else { break }
                (end, length) = (next, length + added)
            }
            let piece = bytes[start..<end]
            words.append(open + (isShortAsQ ? "Q?" + q(piece) : "B?" + Base64.encode(Array(piece))) + "?=")
            start = end
        }
        return words
    }

    private static func endOfCharacter(_ bytes: [UInt8], _ start: Int) -> Int {
        var end = start + 1
        while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
        return end
    }

    private static func q(_ bytes: ArraySlice<UInt8>) -> String {
        bytes.map { $0 == 0x20 ? "_" : isPlain($0) ? String(UnicodeScalar($0)) : "=" + hexadecimal($0) }.joined()
    }

    /// What may stand for itself in a phrase, too (RFC 2047, 5, rule 3).
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!*+-/".utf8.contains(byte)
        }
    }
}

/// Two digits, large letters, as RFC 2045 and 2047 ask for.
func hexadecimal(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16, uppercase: true)
    return byte < 16 ? "0" + digits : digits
}
