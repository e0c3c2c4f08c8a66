/// What is sent. A method, a URL or a header that would smuggle in lines of its own is refused as `.notProcessed`.
package struct HTTPClientRequest: Sendable {
    package var method: String
    /// `http:` or `https:`.
    package var url: String
    /// Path of the Unix socket to connect to, whatever host `url` names.
    package var unixSocket: String?
    package var headers: [(name: String, value: String)]
    /// nil is none; for POST, PUT and PATCH that is an empty one. HEAD never has one.
    package var body: [UInt8]?
    /// false: a response is one as soon as its head is there. A body that is too long, never ends or is cut off then takes nothing away
    /// from it; it has what came of it.
    package var needsBody = true

    package init(
        method: String, url: String, unixSocket: String? = nil, headers: [(name: String, value: String)] = [],
        body: [UInt8]? = nil
    ) {
        self.method = method
        self.url = url
        self.unixSocket = unixSocket
        self.headers = headers
        self.body = body
    }
}

extension HTTPClientRequest {
    /// Why it can't be sent, or nil: a line break would smuggle in lines of its own, a zero would end a C string.
    var flaw: String? {
        func isToken(_ text: String) -> Bool {
            var text = text
            return !text.isEmpty
                && text.withUTF8 { bytes in
                    for byte in bytes where !Self.isOfToken(byte) { return false }
                    return true
                }
        }
        func isLine(_ text: String) -> Bool {
            var text = text
            return text.withUTF8 { bytes in
                for byte in bytes where byte < 0x20 && byte != 0x09 || byte == 0x7F { return false }
                return true
            }
        }
        if !isToken(method) { return "not a method: \(method.debugDescription)" }
        if !isLine(url) { return "not a URL: it holds a line break or another control character" }
        if let header = headers.first(where: { !isToken($0.name) || !isLine($0.value) }) {
            return "not a header: \(header.name.debugDescription)"
        }
        return nil
    }

    /// As libcurl takes them.
    var headerLines: [String] {
        // "name:" without a value would take the header away.
        var lines = headers.map { name, value in
            value.utf8.allSatisfy { $0 == 0x20 || $0 == 0x09 } ? "\(name);" : "\(name): \(value)"
        }
        if body?.count ?? 0 > Self.sentAtOnce { lines.append("Expect:") }
        // Otherwise it says that the body is a form's.
        if !headers.contains(where: { Self.isContentType($0.name) }) { lines.append("Content-Type:") }
        return lines
    }

    /// A body of more bytes may make libcurl wait a second for a 100 Continue.
    private static let sentAtOnce = 512 << 10

    private static func isContentType(_ name: String) -> Bool {
        name.utf8.count == 12 && name.lowercased() == "content-type"
    }

    /// RFC 9110, 5.6.2: nearly all bytes of methods and names are letters.
    private static func isOfToken(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x41...0x5A, 0x61...0x7A: true
        default: byte > 0x20 && byte < 0x7F && !"()<>@,;:\\\"/[]?={}".utf8.contains(byte)
        }
    }
}

/// There is no response.
package struct HTTPClientError: Error, Sendable, Hashable {
    /// Whether the request can be sent again without harm.
    package enum Outcome: Sendable, Hashable {
        /// No byte of the request left this machine: it was surely not processed, and can be sent again.
        case notProcessed
        /// The request may have been processed, wholly or not at all.
        case unknown
    }

    package var outcome: Outcome
    /// For the log: names the address, and may quote the system.
    package var message: String

    package init(_ outcome: Outcome, _ message: String) {
        self.outcome = outcome
        self.message = message
    }
}
