/// Why a request is refused before any handler has seen it.
struct RequestFault: Error, Equatable {
    let status: Int
    let detail: String

    static func malformed(_ detail: String) -> RequestFault { RequestFault(status: 400, detail: detail) }

    static let bareLineFeed = malformed("a line of the request does not end with CRLF")

    static let tooManyBytes = RequestFault(
        status: 503, detail: "the server holds all the bytes of requests that it can hold")

    static let tooManyConnections = RequestFault(
        status: 503, detail: "the server has all the connections it can take")

    static func bodyTooLarge(_ maximum: Int) -> RequestFault {
        RequestFault(status: 413, detail: "the body has more than \(maximum) bytes")
    }
}

extension ServerContext {
    /// `headers`: the request's, as far as they were read.
    func refusal(_ fault: RequestFault, to headers: HTTPHeaders?) -> HTTPResponse {
        refusal(HTTPRefusal(fault.status, fault.detail, to: headers))
    }
}
