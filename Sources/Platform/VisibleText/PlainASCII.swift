/// Looks for what is not ASCII that can be seen, eight bytes at a time: nearly all text is nothing else.
package enum PlainASCII {
    private static let ones: UInt64 = 0x0101_0101_0101_0101

    /// Whether all bytes are from the space to the tilde, and none is one of `others`, of which 0 stands for no further one.
    package static func isAll(
        _ bytes: UnsafeRawBufferPointer, but others: (UInt8, UInt8, UInt8, UInt8) = (0, 0, 0, 0)
    ) -> Bool {
        var position = 0
        while position + 8 <= bytes.count {
            let word = bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            var special = outside(word)
            if others.0 != 0 { special |= equal(word, others.0) }
            if others.1 != 0 { special |= equal(word, others.1) }
            if others.2 != 0 { special |= equal(word, others.2) }
            if others.3 != 0 { special |= equal(word, others.3) }
            guard special == 0 else { return false }
            position += 8
        }
        while position < bytes.count {
            let byte = bytes[position]
            guard (0x20..<0x7F).contains(byte), byte != others.0, byte != others.1, byte != others.2, byte != others.3
            else { return false }
            position += 1
        }
        return true
    }

    /// 0 where no byte is below 0x20 or above 0x7E. (Mycroft's test, as in the JSON module; false lights stand above a true one only.)
    private static func outside(_ word: UInt64) -> UInt64 {
        (word | (word &+ ones) | ((word &- (ones &* 0x20)) & ~word)) & (ones &* 0x80)
    }

    /// 0 where no byte is this one.
    private static func equal(_ word: UInt64, _ byte: UInt8) -> UInt64 {
        let difference = word ^ (ones &* UInt64(byte))
        return (difference &- ones) & ~difference & (ones &* 0x80)
    }
}
