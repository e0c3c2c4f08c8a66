/// A request whose head has been read, whatever it asks for: before its body comes, and before anything handles it.
package struct HTTPArrivingRequest: Sendable {
    /// The pattern of the route that will have it; nil: it will be answered without one (404, 405, OPTIONS).
    package let route: String?
    package let headers: HTTPHeaders
    /// Where the client is, as a trusted proxy says or as the connection shows; nil over a Unix socket.
    package let client: ClientAddress?

    package init(route: String?, headers: HTTPHeaders, client: ClientAddress?) {
        self.route = route
        self.headers = headers
        self.client = client
    }
}
