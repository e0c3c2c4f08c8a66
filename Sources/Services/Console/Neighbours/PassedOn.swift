import HTTPAPI
import HTTPClient
import HTTPServer

extension HTTPClientResponse {
    /// What a caller is told of an answer that is passed on as it is, a problem document as well.
    private static let passed = [
        "content-type", "location", "retry-after", "idempotent-replayed", "www-authenticate",
    ]

    /// The same answer, for the caller.
    var passedOn: HTTPResponse {
        let headers = headers.filter { Self.passed.contains($0.name.lowercased()) }
        return HTTPResponse(status: status, headers: headers.map { ($0.name.lowercased(), $0.value) }, body: body)
    }
}
