/// Percent-encoding (RFC 3986), decoded strictly.
enum PercentCoding {
    /// The text these bytes stand for; nil for a bad escape, a NUL or what is not UTF-8.
    static func decode(_ bytes: UnsafeRawBufferPointer, plusIsSpace: Bool = false) -> String? {
        let percent = UInt8(ascii: "%")
        let plus = UInt8(ascii: "+")
        guard bytes.contains(where: { $0 == percent || ($0 == plus && plusIsSpace) }) else {
            return String(validating: bytes, as: UTF8.self)
        }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            var byte = bytes[index]
            index += 1
            if byte == percent {
                guard bytes.count - index >= 2, let high = bytes[index].hexDigit, let low = bytes[index + 1].hexDigit
                else { return nil }
                byte = high << 4 | low
                index += 2
                guard byte != 0 else { return nil }
            } else if byte == plus, plusIsSpace {
                byte = .space
            }
            decoded.append(byte)
        }
        return String(validating: decoded, as: UTF8.self)
    }
}
