internal import Glibc

/// A request target (RFC 9112, 3.2), taken apart before it is decoded, so that `%2F` stays inside its segment.
struct RequestTarget {
    let text: String
    /// Still percent-encoded.
    let path: String
    /// Decoded. The path "/" has one, which is empty; `*` and `host:port` have none, and match no route.
    let segments: PathSegments
    let query: [HTTPQueryItem]
    /// Where the target in absolute form names the host.
    let authority: Range<Int>?

    /// The target lies at `range` of `bytes`, which are visible ASCII. Throws for a form that there is not, a bad escape, a
    /// NUL or what is not UTF-8.
    init(_ range: Range<Int>, in bytes: UnsafeRawBufferPointer, method: Range<Int>) throws(RequestFault) {
        text = Self.string(bytes.part(range))
        var start = range.lowerBound
        if bytes[start] == UInt8(ascii: "/") {
            authority = nil
        } else if let scheme = Self.schemeLength(bytes.part(range)) {
            let name = start + scheme
            start = name
            while start < range.upperBound, bytes[start] != UInt8(ascii: "/"), bytes[start] != UInt8(ascii: "?") {
                start += 1
            }
            authority = name..<start
        } else {
            guard Self.isForAServer(bytes.part(range), method: bytes.part(method)) else { throw Self.malformed }
            authority = nil
            path = text
            segments = PathSegments()
            query = []
            return
        }

        var end = start
        while end < range.upperBound, bytes[end] != UInt8(ascii: "?") { end += 1 }
        let rawPath = bytes.part(start..<end)
        path = rawPath.isEmpty ? "/" : rawPath.count == range.count ? text : Self.string(rawPath)
        guard let segments = PathSegments(of: rawPath),
            let query = end < range.upperBound ? Self.items(of: bytes.part(end + 1..<range.upperBound)) : []
        else { throw Self.malformed }
        self.segments = segments
        self.query = query
    }

    private static let malformed = RequestFault.malformed("the request target is malformed")

    private static func string(_ bytes: UnsafeRawBufferPointer) -> String { String(decoding: bytes, as: UTF8.self) }

    /// A server has to understand the absolute form too; that it is ours was decided by reaching us.
    private static func schemeLength(_ target: UnsafeRawBufferPointer) -> Int? {
        if target.count > 7, target.part(0..<7).equalsIgnoringCase("http://") { return 7 }
        if target.count > 8, target.part(0..<8).equalsIgnoringCase("https://") { return 8 }
        return nil
    }

    /// The `*` of OPTIONS, and the `host:port` of CONNECT.
    private static func isForAServer(_ target: UnsafeRawBufferPointer, method: UnsafeRawBufferPointer) -> Bool {
        if target.count == 1, target[0] == UInt8(ascii: "*") { return method.elementsEqual("OPTIONS".utf8) }
        return method.elementsEqual("CONNECT".utf8)
    }

    private static func items(of query: UnsafeRawBufferPointer) -> [HTTPQueryItem]? {
        var items: [HTTPQueryItem] = []
        var start = 0
        while start < query.count {
            var end = start
            var equals: Int?
            while end < query.count, query[end] != UInt8(ascii: "&") {
                if equals == nil, query[end] == UInt8(ascii: "=") { equals = end }
                end += 1
            }
            if end > start {
                guard let name = PercentCoding.decode(query.part(start..<(equals ?? end)), plusIsSpace: true),
                    let value = PercentCoding.decode(
                        query.part((equals.map { $0 + 1 } ?? end)..<end), plusIsSpace: true)
                else { return nil }
                items.append(HTTPQueryItem(name: name, value: value))
            }
            start = end + 1
        }
        return items
    }
}
