package struct HTTPClientRequest: Sendable {
    package var method: String
    /// `http:` or `https:`.
    package var url: String
    /// Path of the Unix socket to connect to, whatever host `url` names.
    package var unixSocket: String?
    package var headers: [(name: String, value: String)]
    /// nil is none; for POST, PUT and PATCH that is an empty one. HEAD never has one.
    package var body: [UInt8]?

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
            !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"()<>@,;:\\\"/[]?={}".utf8.contains($0) }
        }
        func isLine(_ text: String) -> Bool {
            text.utf8.allSatisfy { ($0 >= 0x20 || $0 == 0x09) && $0 != 0x7F }
        }
        if !isToken(method) { return "not a method: \(method.debugDescription)" }
        if !isLine(url) { return "not a URL: it holds a line break or another control character" }
        if let header = headers.first(where: { !isToken($0.name) || !isLine($0.value) }) {
            return "not a header: \(header.name.debugDescription)"
        }
        return nil
    }
}

package struct HTTPClientResponse: Sendable {
    package let status: Int
    package let headers: [(name: String, value: String)]
    /// A reply that is cut inside its headers has none and shows no other sign of it: believe a body that parses.
    package let body: [UInt8]

    /// The first header of that name, in whatever case.
    package func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

package struct HTTPClientError: Error, Sendable, Hashable {
    package enum Outcome: Sendable, Hashable {
        /// No byte of the request left this machine: it was surely not processed, and can be sent again.
        case notProcessed
        /// The request may have been processed, wholly or not at all.
        case unknown
    }

    package var outcome: Outcome
    package var message: String

    package init(_ outcome: Outcome, _ message: String) {
        self.outcome = outcome
        self.message = message
    }
}
