/// Reads an Item of structured fields that is a String (RFC 9651, 4.2.3 and 4.2.5), of printable ASCII.
///
/// Parameters are a part of the grammar of each Item, and none is defined for an Idempotency-Key: they must be well formed, and
/// are passed over.
struct StructuredString {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The text between the quotation marks; nil unless the whole value is such an Item.
    mutating func whole() -> [UInt8]? {
        guard let text = string() else { return nil }
        while take(";") {
            skip { $0 == UInt8(ascii: " ") }
            guard parameter() else { return nil }
        }
        skip { $0 == UInt8(ascii: " ") }
        return position == bytes.count ? text : nil
    }

    private mutating func string() -> [UInt8]? {
        guard take("\"") else { return nil }
        var text: [UInt8] = []
        while let byte = next() {
            switch byte {
            case UInt8(ascii: "\""): return text
            case UInt8(ascii: "\\"):
                guard let escaped = next(), escaped == UInt8(ascii: "\"") || escaped == UInt8(ascii: "\\") else {
                    return nil
                }
                text.append(escaped)
            default: text.append(byte)
            }
        }
        return nil
    }

    /// `key` or `key=value`. A value is a String, or characters of the other bare items: a number, a token, a boolean, bytes or a
    /// date. These mean nothing here, so it is enough that they end where the next one begins.
    private mutating func parameter() -> Bool {
        guard let first = next(), Self.isLetter(first) || first == UInt8(ascii: "*") else { return false }
        skip { Self.isLetter($0) || Self.isDigit($0) || "_-.*".utf8.contains($0) }
        guard take("=") else { return true }
        if position < bytes.count, bytes[position] == UInt8(ascii: "\"") { return string() != nil }
        let start = position
        skip { $0 > 0x20 && !#"";,"#.utf8.contains($0) }
        return position > start
    }

    private mutating func next() -> UInt8? {
        guard position < bytes.count else { return nil }
        defer { position += 1 }
        return bytes[position]
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func skip(while isSkipped: (UInt8) -> Bool) {
        while position < bytes.count, isSkipped(bytes[position]) { position += 1 }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
