package struct HTTPClientRequest: Sendable {
    package var method: String
    /// `http:` or `https:`.
    package var url: String
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]?

    package init(
        method: String, url: String, headers: [(name: String, value: String)] = [], body: [UInt8]? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
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
