extension Identifier: CustomStringConvertible {
    /// The canonical text: 36 bytes, in lower case.
    package var description: String {
        String(unsafeUninitializedCapacity: 36) { text in
            write(to: UnsafeMutableRawBufferPointer(text))
            return 36
        }
    }

    /// The same as UTF-8, where there is room for 36 bytes.
    package func write(to text: UnsafeMutableRawBufferPointer) {
        precondition(text.count >= 36, "an identifier's text has 36 bytes")
        let hyphen = UInt8(ascii: "-")
        // Eight digits each; those of the two middle ones stand on both sides of a hyphen.
        text.storeBytes(of: Self.digits(high >> 32), toByteOffset: 0, as: UInt64.self)
        Self.store(Self.digits(high), around: 13, in: text)
        Self.store(Self.digits(low >> 32), around: 23, in: text)
        text.storeBytes(of: Self.digits(low), toByteOffset: 28, as: UInt64.self)
        (text[8], text[13], text[18], text[23]) = (hyphen, hyphen, hyphen, hyphen)
    }

    /// Eight digits, of which four stand before the hyphen at `place`, and four behind it.
    private static func store(_ digits: UInt64, around place: Int, in text: UnsafeMutableRawBufferPointer) {
        text.storeBytes(of: UInt32(truncatingIfNeeded: digits), toByteOffset: place - 4, as: UInt32.self)
        text.storeBytes(of: UInt32(truncatingIfNeeded: digits >> 32), toByteOffset: place + 1, as: UInt32.self)
    }

    /// The digits of the lower 32 bits, all eight at once: the first in the byte that is first in memory.
    private static func digits(_ bits: UInt64) -> UInt64 {
        // A nibble to a byte, the first digit's in the highest one.
        var nibbles = bits & 0xffff_ffff
        nibbles = (nibbles | nibbles << 16) & 0x0000_ffff_0000_ffff
        nibbles = (nibbles | nibbles << 8) & 0x00ff_00ff_00ff_00ff
        nibbles = (nibbles | nibbles << 4) & 0x0f0f_0f0f_0f0f_0f0f
        // 1 where it is 10 or more: the letters stand 39 behind the digits.
        let letters = (nibbles &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        return (nibbles &+ 0x3030_3030_3030_3030 &+ letters &* 39).bigEndian
    }

    /// Reads `8-4-4-4-12` hexadecimal digits in either case; nil for anything else. Any version will do.
    package init?(_ text: some StringProtocol) {
        // Through a buffer: a generic loop over the text takes ten times as long.
        var text = String(text)
        guard let halves = text.withUTF8(Self.read) else { return nil }
        self.init(high: halves.high, low: halves.low)
    }

    /// The same of its UTF-8.
    package init?(utf8 text: UnsafeRawBufferPointer) {
        guard let halves = text.withMemoryRebound(to: UInt8.self, Self.read) else { return nil }
        self.init(high: halves.high, low: halves.low)
    }

    private static func read(_ text: UnsafeBufferPointer<UInt8>) -> (high: UInt64, low: UInt64)? {
        guard text.count == 36 else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for position in 0..<36 {
            let byte = text[position]
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

    private static func value(of byte: UInt8) -> UInt64? {
        switch byte {
        case 48...57: UInt64(byte - 48)
        case 65...70: UInt64(byte - 55)
        case 97...102: UInt64(byte - 87)
        default: nil
        }
    }
}
