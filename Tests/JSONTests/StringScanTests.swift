import Testing

@testable import JSON

/// The scan of eight bytes at a time against one of a byte at a time.
@Suite struct StringScanTests {
    /// What the string means whose opening quote is at `start`, or nil; byte by byte.
    func naive(_ document: [UInt8], from start: Int) -> [UInt8]? {
        var decoded: [UInt8] = []
        var index = start + 1
        while index < document.count {
            let byte = document[index]
            index += 1
            if byte == UInt8(ascii: "\"") {
                return index == document.count && String(validating: decoded, as: UTF8.self) != nil ? decoded : nil
            }
            if byte < 0x20 { return nil }
            guard byte == UInt8(ascii: "\\") else {
                decoded.append(byte)
                continue
            }
            // The only escapes in these tests: the letters of what follows a backslash here.
            guard index < document.count else { return nil }
            switch document[index] {
            case UInt8(ascii: "b"): decoded.append(0x08)
            case UInt8(ascii: "t"): decoded.append(0x09)
            case UInt8(ascii: "n"): decoded.append(0x0A)
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): decoded.append(document[index])
            default: return nil
            }
            index += 1
        }
        return nil
    }

    func check(_ content: [UInt8], spaces: Int) -> Bool {
        let document = [UInt8](repeating: 0x20, count: spaces) + [0x22] + content
        let read: [UInt8]?
        switch try? Tree.read(document) {
        case .string(let text): read = Array(text.utf8)
        default: read = nil
        }
        return read == naive(document, from: spaces)
    }

    static let pieces: [[UInt8]] = [
        [0x22], [0x5C], [0x5C, 0x6E], [0x5C, 0x22], [0x5C, 0x5C], [0x00], [0x01], [0x1F], [0x20], [0x21], [0x23],
        [0x5B],
        [0x5D], [0x7F], [0x80], [0xFF], [0xA2], [0xDC], [0xC3, 0xA9], [0xE2, 0x80, 0xA8], [0xF0, 0x9F, 0x98, 0x80],
    ]

    @Test(arguments: pieces)
    func oneSpecialByteAnywhere(piece: [UInt8]) {
        for position in 0...40 {
            for tail in 0...9 {
                let content = [UInt8](repeating: 0x61, count: position) + piece + [UInt8](repeating: 0x62, count: tail)
                for spaces in [0, 1, 7] {
                    let isEqual = check(content + [0x22], spaces: spaces) && check(content, spaces: spaces)
                    #expect(isEqual, "\(piece) at \(position) of \(spaces)")
                }
            }
        }
    }

    /// The test for a zero byte can lie above its lowest light: pairs, beside each other and apart.
    @Test(arguments: pieces)
    func twoSpecialBytes(first: [UInt8]) {
        for second in Self.pieces {
            for position in 0...9 {
                for gap in [0, 1, 5, 8] {
                    let content =
                        [UInt8](repeating: 0x21, count: position) + first + [UInt8](repeating: 0x23, count: gap)
                        + second
                        + Array("tail 8 or more\"".utf8)
                    let isEqual = check(content, spaces: 0)
                    #expect(isEqual, "\(first), \(second) at \(position), \(gap)")
                }
            }
        }
    }
}
