/// A request whose head and body have been read and checked.
package struct HTTPRequest: Sendable {
    /// As it was sent: `HEAD` even when a `GET` route answers it.
    package let method: String
    /// The request target as it was sent.
    package let target: String
    /// The path of the target, still percent-encoded.
    package let path: String
    /// The query, decoded, in order, with duplicates.
    package let query: [HTTPQueryItem]
    package let parameters: HTTPParameters
    package let headers: HTTPHeaders
    package internal(set) var body: [UInt8]
    /// The pattern that matched, "/orders/{order_id}".
    package let route: String
    /// Where the client is, as a trusted proxy says or as the connection shows; nil over a Unix socket.
    package let client: ClientAddress?

    package init(
        method: String, target: String, path: String, query: [HTTPQueryItem] = [],
        parameters: HTTPParameters = HTTPParameters(), headers: HTTPHeaders = HTTPHeaders(), body: [UInt8] = [],
        route: String, client: ClientAddress? = nil
    ) {
        self.method = method
        self.target = target
        self.path = path
        self.query = query
        self.parameters = parameters
        self.headers = headers
        self.body = body
        self.route = route
        self.client = client
    }

    /// With one header field more.
    package func adding(_ name: String, _ value: String) -> HTTPRequest {
        HTTPRequest(
            method: method, target: target, path: path, query: query, parameters: parameters,
            headers: HTTPHeaders(headers.list + [(name, value)]), body: body, route: route, client: client)
    }
}
