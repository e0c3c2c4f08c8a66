/// A request that is over, as the server's `observe` closure hears of it.
package struct HTTPExchange: Sendable {
    /// One that a route has, or `_OTHER`, also when the head could not be read.
    package let method: String
    /// The pattern that matched.
    package let route: String?
    /// What was answered; 499 when the connection ended before there was an answer.
    package let status: Int
    /// From the request's head to the end of the response.
    package let duration: Duration

    package init(method: String, route: String?, status: Int, duration: Duration) {
        self.method = method
        self.route = route
        self.status = status
        self.duration = duration
    }
}
