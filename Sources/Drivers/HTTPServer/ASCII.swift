/// Bytes that HTTP gives a meaning, by name.
extension UInt8 {
    static let tab: UInt8 = 0x09
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20
    static let colon: UInt8 = 0x3A

    var lowercasedASCII: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }

    var isDigit: Bool { self &- 0x30 < 10 }

    var isBlank: Bool { self == .space || self == .tab }

    /// The value of a hexadecimal digit.
    var hexDigit: UInt8? {
        if isDigit { return self &- 0x30 }
        let letter = self | 0x20
        return letter &- 0x61 < 6 ? letter &- 0x61 &+ 10 : nil
    }

    /// Whether a method or a field's name may have this byte (`tchar` of RFC 9110, 5.6.2).
    var isToken: Bool { Self.isIn(Self.tokens, self) }

    /// Whether a Host may have this byte outside of brackets (RFC 3986, 3.2.2, without the comma, which would make it a list).
    var isHostName: Bool { Self.isIn(Self.hostNames, self) }

    /// Whether a field's value may have this byte (`field-vchar`, SP or HTAB of RFC 9110, 5.5).
    var isFieldValue: Bool { self >= 0x20 && self != 0x7F || self == .tab }

    /// Whether a request target may have this byte: visible ASCII, and no fragment.
    var isTarget: Bool { self &- 0x21 < 0x5E && self != 0x23 }

    // One bit for each byte: those below 64, and those from there to 127. Letters, digits and:
    // !#$%&'*+-.^_`|~
    private static let tokens: (low: UInt64, high: UInt64) = (0x03FF_6CFA_0000_0000, 0x57FF_FFFF_C7FF_FFFE)
    // -._~%!$&'()*+;=
    private static let hostNames: (low: UInt64, high: UInt64) = (0x2BFF_6FF2_0000_0000, 0x47FF_FFFE_87FF_FFFE)

    private static func isIn(_ set: (low: UInt64, high: UInt64), _ byte: UInt8) -> Bool {
        byte < 128 && ((byte < 64 ? set.low : set.high) >> UInt64(byte & 63)) & 1 == 1
    }
}

extension UnsafeRawBufferPointer {
    /// Whether these bytes are `text` in any case; `text` is lower case.
    func equalsIgnoringCase(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        let other = text.utf8Start
        for index in 0..<count where self[index].lowercasedASCII != other[index] { return false }
        return true
    }

    func part(_ range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: self[range]) }
}
