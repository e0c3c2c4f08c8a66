import CMicroHTTPD
import Glibc

/// The head of a request after every check that libmicrohttpd leaves to its user.
///
/// Its parser lets through what two readers of one connection may understand differently, which is how requests are
/// smuggled past a proxy. So anything that RFC 9112 does not allow is refused, and the connection closed.
struct RequestHead {
    let method: String
    let target: RequestTarget
    let headers: HTTPHeaders
    /// Bytes announced; nil when there is no body or its length is not known yet.
    let contentLength: Int?
    let isChunked: Bool
    let expectsContinue: Bool

    var hasBody: Bool { isChunked || (contentLength ?? 0) > 0 }

    /// Why a request is refused.
    struct Fault: Error {
        let status: Int
        let detail: String

        static func malformed(_ detail: String) -> Fault { Fault(status: 400, detail: detail) }
    }

    /// Where the library found the parts of the request line, and the target as it came.
    struct Line {
        let method: UnsafePointer<CChar>
        let target: UnsafePointer<CChar>?
        let targetBytes: [UInt8]
        let version: UnsafePointer<CChar>
    }

    init(of connection: OpaquePointer, line: Line, limit: Int, memory: Int) throws(Fault) {
        let size = mhd_head_size(connection)
        guard size <= limit else { throw Self.tooLarge(target: line.targetBytes.count, limit: limit) }
        var fields = HeaderCollector(expecting: line.version + strlen(line.version) + 2, size: size)
        withUnsafeMutablePointer(to: &fields) { collector in
            _ = MHD_get_connection_values_n(connection, .HEADER_KIND, collectHeader, collector)
        }

        guard Self.isContiguous(line, fields, size) else {
            throw .malformed("the request's head is not made of lines that end with CRLF")
        }
        let isHTTP10 = try Self.isHTTP10(line.version)
        method = String(cString: line.method)
        guard !method.isEmpty, method.utf8.allSatisfy(\.isToken) else { throw .malformed("the method is malformed") }
        guard let target = RequestTarget(line.targetBytes) else { throw .malformed("the request target is malformed") }
        self.target = target
        guard fields.namesAreTokens else { throw .malformed("a header field's name is malformed") }
        guard fields.valuesArePrintable else { throw .malformed("a header field's value has a control character") }
        headers = fields.headers
        guard Self.memoryNeeded(size, headers, target) < memory - 8_192 else {
            throw Fault(status: 431, detail: "the request has too many header fields or query items")
        }

        guard fields.hosts == 1 || (isHTTP10 && fields.hosts == 0) else {
            throw .malformed("a request has exactly one Host field")
        }
        if let host = headers["host"], host.utf8.contains(where: { " \t,/?#@\\".utf8.contains($0) }) {
            throw .malformed("the Host field is malformed")
        }
        contentLength = try Self.contentLength(headers, count: fields.contentLengths)
        isChunked = try Self.isChunked(headers, count: fields.transferEncodings, isHTTP10: isHTTP10)
        guard !isChunked || contentLength == nil else {
            throw .malformed("a request has a Content-Length or a Transfer-Encoding, not both")
        }
        expectsContinue = !isHTTP10 && headers["expect"]?.lowercased() == "100-continue"
    }

    private static func tooLarge(target: Int, limit: Int) -> Fault {
        target > limit / 2
            ? Fault(status: 414, detail: "the request target is too long")
            : Fault(status: 431, detail: "the request's head has more than \(limit) bytes")
    }

    /// Before 1.0 the library takes a bare LF for the end of a line, and a line that starts with ':' or NUL for the
    /// end of the head, and shows neither. But it parses in place: where each part lies tells whether anything but one
    /// space, one colon and one CRLF lay between. Only a last line of just ':' or NUL and LF cannot be told from CRLF.
    private static func isContiguous(_ line: Line, _ fields: HeaderCollector, _ size: Int) -> Bool {
        guard parsesInPlace else { return true }
        guard let target = line.target else { return false }
        return target == line.method + strlen(line.method) + 1
            && line.version == target + line.targetBytes.count + 1
            && fields.isContiguous
            && fields.next + 2 == line.method + size
    }

    private static let parsesInPlace = String(cString: MHD_get_version()).hasPrefix("0.")

    private static func isHTTP10(_ version: UnsafePointer<CChar>) throws(Fault) -> Bool {
        if strcmp(version, "HTTP/1.1") == 0 { return false }
        if strcmp(version, "HTTP/1.0") == 0 { return true }
        guard strncmp(version, "HTTP/", 5) == 0 else { throw .malformed("the request line is malformed") }
        throw Fault(status: 505, detail: "this server speaks HTTP/1.1 and HTTP/1.0")
    }

    /// What the library's pool of memory holds for this head: the bytes, a record of 64 bytes for each field, query
    /// item and cookie, and a copy of the cookies. The rest has to hold the response's head.
    private static func memoryNeeded(_ size: Int, _ headers: HTTPHeaders, _ target: RequestTarget) -> Int {
        let cookies = headers.all("cookie").map(\.utf8)
        let crumbs = cookies.reduce(0) { count, value in count + 1 + value.count(where: { $0 == UInt8(ascii: ";") }) }
        return size + 64 * (headers.count + target.query.count + crumbs) + cookies.reduce(0) { $0 + $1.count }
    }

    private static func contentLength(_ headers: HTTPHeaders, count: Int) throws(Fault) -> Int? {
        guard count > 0 else { return nil }
        guard count == 1, let text = headers["content-length"], !text.isEmpty,
            text.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 })
        else { throw .malformed("a request has at most one Content-Length, a number") }
        return Int(text) ?? Int.max
    }

    private static func isChunked(_ headers: HTTPHeaders, count: Int, isHTTP10: Bool) throws(Fault) -> Bool {
        guard count > 0 else { return false }
        guard count == 1, !isHTTP10, let coding = headers["transfer-encoding"]?.lowercased() else {
            throw .malformed("a request has at most one Transfer-Encoding, and needs HTTP/1.1 for it")
        }
        guard coding != "chunked" else { return true }
        if coding.hasPrefix("chunked") { throw .malformed("chunked is the last transfer coding") }
        throw Fault(status: 501, detail: "the only transfer coding is chunked")
    }
}
