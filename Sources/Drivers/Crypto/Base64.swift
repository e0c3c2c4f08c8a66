import CCrypto

/// RFC 4648, 4, by OpenSSL's libcrypto.
package enum Base64 {
    package static func encode(_ bytes: [UInt8]) -> String {
        var text = [UInt8](repeating: 0, count: (bytes.count + 2) / 3 * 4 + 1)
        let count = EVP_EncodeBlock(&text, bytes, Int32(bytes.count))
        return String(decoding: text.prefix(Int(count)), as: UTF8.self)
    }

    /// nil: it is none. Blanks and line ends are no part of it.
    package static func decode(_ text: String) -> [UInt8]? {
        let bytes = Array(text.utf8)
        let digits = bytes.count - bytes.suffix(2).count { $0 == UInt8(ascii: "=") }
        guard bytes.count % 4 == 0, !bytes.isEmpty, bytes.prefix(digits).allSatisfy(isDigit) else { return nil }
        guard bytes.last != UInt8(ascii: "=") || digits % 4 >= 2 else { return nil }
        var result = [UInt8](repeating: 0, count: bytes.count / 4 * 3)
        guard EVP_DecodeBlock(&result, bytes, Int32(bytes.count)) == Int32(result.count) else { return nil }
        // It counts the padding's zeros.
        return Array(result.dropLast(bytes.count - digits))
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
            true
        default: false
        }
    }
}
