/// A request that is over, as the server's `observe` closure hears of it.
package struct HTTPExchange: Sendable {
    /// One that a route has, or `_OTHER`, also when the head could not be read.
    package let method: String
    /// The pattern that matched.
    package let route: String?
    /// The route's place among those of its router, from 0 on.
    package let routeNumber: Int?
    /// What was answered; 499 when the connection ended before there was an answer.
    package let status: Int
    /// What was answered without asking a handler, refusals and answers to OPTIONS; nil where a handler was asked.
    package let unhandled: HTTPResponse?
    /// nil over a Unix socket.
    package let client: ClientAddress?
    /// From the request's head to the end of the response; of a head that did not come whole, from its first bytes.
    package let nanoseconds: UInt64
}
