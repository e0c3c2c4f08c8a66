/// A request target (RFC 9112, 3.2), taken apart before it is decoded, so that `%2F` stays inside its segment.
struct RequestTarget {
    let text: String
    /// Still percent-encoded.
    let path: String
    /// Decoded; the path "/" has one, which is empty.
    let segments: [String]
    let query: [HTTPQueryItem]

    /// nil for bytes that a target cannot have, a bad escape, a NUL or what is not UTF-8.
    init?(_ bytes: [UInt8]) {
        guard !bytes.isEmpty, bytes.allSatisfy({ 0x21...0x7E ~= $0 && $0 != UInt8(ascii: "#") }) else { return nil }
        text = String(decoding: bytes, as: UTF8.self)
        let (rawPath, rawQuery) = Self.split(bytes)
        path = rawPath.count == bytes.count ? text : String(decoding: rawPath, as: UTF8.self)

        guard let segments = Self.segments(of: rawPath) else { return nil }
        guard let query = Self.items(of: rawQuery) else { return nil }
        self.segments = segments
        self.query = query
    }

    private static func split(_ bytes: [UInt8]) -> (path: ArraySlice<UInt8>, query: ArraySlice<UInt8>) {
        var rest = bytes[...]
        // A server has to understand the absolute form too; whose name it is was decided by reaching us.
        for scheme in ["http://", "https://"] where rest.starts(with: scheme.utf8, by: { $0.lowercasedASCII == $1 }) {
            rest = rest.dropFirst(scheme.utf8.count).drop { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
            if rest.first != UInt8(ascii: "/") { rest = [UInt8(ascii: "/")] + rest }
            break
        }
        guard let mark = rest.firstIndex(of: UInt8(ascii: "?")) else { return (rest, []) }
        return (rest[..<mark], rest[(mark + 1)...])
    }

    private static func segments(of path: ArraySlice<UInt8>) -> [String]? {
        // What does not start with a slash (`*`, `host:port`) is no path of ours, and matches no route.
        let separated = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        var segments: [String] = []
        segments.reserveCapacity(separated.count)
        for part in path.first == UInt8(ascii: "/") ? separated.dropFirst() : separated[...] {
            guard let segment = PercentCoding.decode(part) else { return nil }
            segments.append(segment)
        }
        return path.first == UInt8(ascii: "/") ? segments : []
    }

    private static func items(of query: ArraySlice<UInt8>) -> [HTTPQueryItem]? {
        guard !query.isEmpty else { return [] }
        var items: [HTTPQueryItem] = []
        for pair in query.split(separator: UInt8(ascii: "&")) {
            let equals = pair.firstIndex(of: UInt8(ascii: "="))
            let value = equals.map { pair[($0 + 1)...] } ?? []
            guard let name = PercentCoding.decode(pair[..<(equals ?? pair.endIndex)], plusIsSpace: true),
                let value = PercentCoding.decode(value, plusIsSpace: true)
            else { return nil }
            items.append(HTTPQueryItem(name: name, value: value))
        }
        return items
    }
}
