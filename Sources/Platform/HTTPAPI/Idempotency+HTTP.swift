package import HTTPServer
package import Idempotency

/// How a key comes with a request.
extension HTTPRequest {
    /// nil when the request has none. `values`: what the route read of the request, by which it is known again. Throws a 400 for one
    /// that is no key, or for several.
    package func idempotencyKey(values: () -> Framed?) throws(Problem) -> IdempotencyKey? {
        let headers = headers.all("idempotency-key")
        guard let header = headers.first else { return nil }
        guard headers.count == 1, KeySyntax.key(in: header) != nil else {
            throw Problem(
                .invalidIdempotencyKey,
                detail: """
                    The header Idempotency-Key must be given once, with \(KeySyntax.rule). What begins with a quotation mark must \
                    end with one; within, \\" and \\\\ stand for " and \\.
                    """)
        }
        let route = "\(method) \(self.route)"
        return IdempotencyKey(
            header: header, route: route,
            request: RequestFingerprint(method: method, path: path, body: body, route: route, values: values()))
    }
}

/// How its first answer goes out again.
extension FirstAnswer {
    /// The response; a repeat of it differs by the header `Idempotent-Replayed` alone.
    package func response(
        status: Int = 200, headers: [(name: String, value: String)] = []
    ) -> HTTPResponse {
        .json(body, status: status, headers: headers + (isReplayed ? [("idempotent-replayed", "true")] : []))
    }
}

extension Problem {
    package static let idempotencyKeyReused = Problem(
        .idempotencyKeyReused,
        detail: "Another request was made with this Idempotency-Key. Nothing was changed; take a fresh key.")
}
