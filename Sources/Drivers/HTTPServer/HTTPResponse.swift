/// What a handler answers.
///
/// The server adds `Content-Length` and `Date`, and leaves out a `Content-Length` that is given. A field with an empty
/// value or a line break is left out too. The fields may have 4 KiB together; a response with more becomes a 500.
package struct HTTPResponse: Sendable {
    /// 200 to 599.
    package var status: Int
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]

    package init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
