extension Identifier: CustomStringConvertible {
    /// The canonical text: 36 bytes, in lower case.
    package var description: String {
        String(unsafeUninitializedCapacity: 36) { text in
            var position = 0
            for index in 0..<16 {
                if index == 4 || index == 6 || index == 8 || index == 10 {
                    text[position] = UInt8(ascii: "-")
                    position += 1
                }
                let half = index < 8 ? high : low
                let byte = UInt8(truncatingIfNeeded: half >> UInt64(56 - index % 8 * 8))
                text[position] = Self.digit(byte >> 4)
                text[position + 1] = Self.digit(byte & 15)
                position += 2
            }
            return 36
        }
    }

    /// Reads `8-4-4-4-12` hexadecimal digits in either case; nil for anything else. Any version will do.
    package init?(_ text: some StringProtocol) {
        // Through a buffer: a generic loop over the text takes ten times as long.
        var text = String(text)
        guard let halves = text.withUTF8(Self.read) else { return nil }
        self.init(high: halves.high, low: halves.low)
    }

    private static func read(_ text: UnsafeBufferPointer<UInt8>) -> (high: UInt64, low: UInt64)? {
        guard text.count == 36 else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for (position, byte) in text.enumerated() {
            switch position {
            case 8, 13, 18, 23:
                guard byte == UInt8(ascii: "-") else { return nil }
            default:
                guard let digit = value(of: byte) else { return nil }
                if position < 18 { high = high << 4 | digit } else { low = low << 4 | digit }
            }
        }
        return (high, low)
    }

    private static func digit(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? 48 + nibble : 87 + nibble
    }

    private static func value(of byte: UInt8) -> UInt64? {
        switch byte {
        case 48...57: UInt64(byte - 48)
        case 65...70: UInt64(byte - 55)
        case 97...102: UInt64(byte - 87)
        default: nil
        }
    }
}
