/// What the server itself answers a request, without a handler.
package struct HTTPRefusal: Sendable {
    /// 400, 404, 405, 408, 413, 414, 431, 500, 501, 503, 505; 204 to OPTIONS.
    package let status: Int
    /// For people; empty with 204.
    package let detail: String
    /// The methods for `Allow`; empty: it is not said.
    package let allow: [String]
    /// Of the request; nil where they could not be read.
    package let headers: HTTPHeaders?

    package init(_ status: Int, _ detail: String = "", allow: [String] = [], to headers: HTTPHeaders?) {
        self.status = status
        self.detail = detail
        self.allow = allow
        self.headers = headers
    }
}
