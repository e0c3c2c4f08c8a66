internal import Crypto
internal import Gzip
package import HTTPServer

/// An answer that is the same each time, compressed once. Nothing in it is anybody's, so it may be kept, and asked about before
/// it is used: after an upgrade it may be another.
package struct ConstantAnswer: Sendable {
    private let plain: HTTPResponse
    /// nil: it is not worth it.
    private let small: HTTPResponse?
    /// What is said to who has it already; nil: it has no tag to be known by.
    private let unchanged: HTTPResponse?
    private let tag: String

    /// - Parameters:
    ///   - headers: further header fields
    ///   - isTagged: whether it has an ETag, and who names that is sent nothing
    package init(
        type: String, _ body: [UInt8], headers: [(name: String, value: String)] = [], isTagged: Bool = false
    ) {
        // Weak: in gzip it is the same and has other bytes.
        tag = "W/\"\(Base64URL.text(Array(SHA256.hash(body).prefix(12))))\""
        var common = headers + [("cache-control", "no-cache")]
        if isTagged { common.append(("etag", tag)) }
        var plain = HTTPResponse(status: 200, headers: [("content-type", type)] + common, body: body)
        let compressed = body.count < Compression.smallest ? nil : Gzip.compressed(body)
        if let compressed, compressed.count < body.count {
            plain.headers.append(("vary", "accept-encoding"))
            common.append(("vary", "accept-encoding"))
            small = HTTPResponse(
                status: 200, headers: plain.headers + [("content-encoding", "gzip")], body: compressed)
        } else {
            small = nil
        }
        self.plain = plain
        unchanged = isTagged ? HTTPResponse(status: 304, headers: common) : nil
    }

    /// For who takes gzip, in gzip; for who has it, without a body.
    package func response(for request: HTTPRequest) -> HTTPResponse {
        if let unchanged, names(request.headers.all("if-none-match")) { return unchanged }
        guard let small, AcceptEncoding(request.headers.all("accept-encoding")).takesGzip else { return plain }
        return small
    }

    /// Whether one of these lists of tags has ours, or is `*` (RFC 9110, 13.1.2).
    private func names(_ fields: [String]) -> Bool {
        fields.joined(separator: ",").split(separator: ",").contains { element in
            let other = element.filter { $0 != " " && $0 != "\t" }
            return other == "*" || other == tag || other == tag.dropFirst(2)
        }
    }
}
