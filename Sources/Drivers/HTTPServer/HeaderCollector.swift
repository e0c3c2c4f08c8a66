import CMicroHTTPD

/// Gathers the header fields that the library iterates over, and what is to be checked of each.
struct HeaderCollector {
    private(set) var headers = HTTPHeaders()
    private(set) var namesAreTokens = true
    private(set) var valuesArePrintable = true
    private(set) var hosts = 0
    private(set) var contentLengths = 0
    private(set) var transferEncodings = 0
    /// Whether each field began where the line before it ended.
    private(set) var isContiguous = true
    /// Where the next field begins.
    private(set) var next: UnsafePointer<CChar>

    init(expecting next: UnsafePointer<CChar>, size: Int) {
        self.next = next
        headers.reserve(fields: 8, bytes: size)
    }

    fileprivate mutating func add(
        _ name: UnsafePointer<CChar>, _ nameLength: Int, _ value: UnsafePointer<CChar>, _ valueLength: Int
    ) {
        isContiguous = isContiguous && name == next
        next = value + valueLength + 2

        let nameBytes = Self.bytes(name, nameLength)
        let valueBytes = Self.bytes(value, valueLength)
        namesAreTokens = namesAreTokens && !nameBytes.isEmpty && nameBytes.allSatisfy(\.isToken)
        valuesArePrintable = valuesArePrintable && valueBytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
        switch nameLength {
        case 4 where Self.equal(nameBytes, "host"): hosts += 1
        case 14 where Self.equal(nameBytes, "content-length"): contentLengths += 1
        case 17 where Self.equal(nameBytes, "transfer-encoding"):
            transferEncodings += 1
            headers.append(name: nameBytes, value: valueBytes)  // as the library compares it, blanks and all
            return
        default: break
        }
        let end = valueBytes.lastIndex { $0 != 0x20 && $0 != 0x09 }.map { $0 + 1 } ?? 0
        headers.append(name: nameBytes, value: UnsafeBufferPointer(rebasing: valueBytes[..<end]))
    }

    private static func bytes(_ start: UnsafePointer<CChar>, _ count: Int) -> UnsafeBufferPointer<UInt8> {
        let raw = UnsafeRawBufferPointer(start: start, count: count)
        return raw.assumingMemoryBound(to: UInt8.self)
    }

    private static func equal(_ bytes: UnsafeBufferPointer<UInt8>, _ name: StaticString) -> Bool {
        name.withUTF8Buffer { name in bytes.elementsEqual(name) { $0.lowercasedASCII == $1 } }
    }
}

/// The library's iterator; its context is a `HeaderCollector`.
func collectHeader(
    context: UnsafeMutableRawPointer?, kind: MHD_ValueKind, name: UnsafePointer<CChar>?, nameLength: Int,
    value: UnsafePointer<CChar>?, valueLength: Int
) -> MHD_Result {
    guard let context, let name, let value else { return .YES }
    context.assumingMemoryBound(to: HeaderCollector.self).pointee.add(name, nameLength, value, valueLength)
    return .YES
}

extension UInt8 {
    /// Whether a method or a field's name may have this byte (`tchar` of RFC 9110, 5.6.2).
    var isToken: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
            UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
