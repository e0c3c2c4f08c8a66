/// How a key is written: as the Internet draft has it, a String of structured fields (RFC 9651, 3.3.3), or as bare text.
package enum KeySyntax {
    /// For messages and descriptions.
    package static let rule = """
        1 to \(IdempotencyKey.maximumLength) printable ASCII characters, bare or as a quoted string (RFC 9651, 3.3.3)
        """

    /// For the descriptions; a quoted one may have parameters besides.
    package static let pattern = #"^([!#-~][ -~]{0,254}|"([ !#-\[\]-~]|\\["\\]){1,255}")$"#

    /// The key that a header's value has; nil: it has none. What begins with a quotation mark is a String, to its end, and
    /// everything else is taken as it is: no bare key begins so. So `"K"` and `K` are one key.
    package static func key(in header: String) -> String? {
        let bytes = Array(header.utf8)
        guard bytes.allSatisfy({ (0x20...0x7e).contains($0) }) else { return nil }
        var parser = StructuredString(bytes)
        guard let key = bytes.first == UInt8(ascii: "\"") ? parser.whole() : bytes,
            (1...IdempotencyKey.maximumLength).contains(key.count)
        else { return nil }
        return String(decoding: key, as: UTF8.self)
    }

    /// The one way to write a key as a String.
    static func quoted(_ key: String) -> String {
        // Nearly no key has one of the two that are written with a backslash.
        guard key.utf8.contains(where: { $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "\"") }) else {
            return "\"" + key + "\""
        }
        return "\"" + key.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
