/// What a handler answers.
///
/// The server adds `Content-Length`, `Date`, `X-Content-Type-Options: nosniff` and, where no `cache-control` is given,
/// `Cache-Control: no-store`. It leaves out a `Content-Length` that is given, and a field with an empty value or a line break.
/// The fields may have 4 KiB together; a response with more becomes a 500.
package struct HTTPResponse: Sendable {
    /// 200 to 599.
    package var status: Int
    package var headers: [(name: String, value: String)]
    /// Held until the client has taken it. Left out in the answer to HEAD.
    package var body: [UInt8]
    /// What comes by and by, in the place of a body: then `Transfer-Encoding` takes the place of `Content-Length`. To HEAD nothing of it is
    /// answered.
    package var stream: HTTPStream?

    package init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
