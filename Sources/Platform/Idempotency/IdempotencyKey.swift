import Crypto
import ExactText
package import HTTPServer
package import Identifiers
package import ServiceHost

/// The `Idempotency-Key` of a request: sent again with the same key, it changes nothing twice and gets the first answer
/// again. After draft-ietf-httpapi-idempotency-key-header, but any 1 to 255 printable ASCII characters will do.
package struct IdempotencyKey: Sendable, Hashable {
    /// A key counts for this many seconds.
    package static let lifetime: Int64 = 24 * 60 * 60

    private let text: ExactText
    /// SHA-256 of the request's method, path and body: a repeat has the same.
    package let request: [UInt8]

    package init(_ text: String, request: [UInt8]) {
        self.text = ExactText(text)
        self.request = request
    }

    /// nil when the request has none. Throws a 400 for one that is no key, or for several.
    package init?(_ request: HTTPRequest) throws(Problem) {
        let values = request.headers.all("idempotency-key")
        guard let text = values.first else { return nil }
        guard values.count == 1, (1...255).contains(text.utf8.count), text.utf8.allSatisfy({ 0x20...0x7e ~= $0 })
        else {
            throw Problem(
                400, kind: "invalid-idempotency-key", title: "Invalid Idempotency-Key",
                detail: "The header Idempotency-Key must be given once, with 1 to 255 printable ASCII characters.")
        }
        self.init(
            text,
            request: SHA256.hash([Array(request.method.utf8), [0], Array(request.path.utf8), [0], request.body]))
    }

    /// An identifier made from the key: what is made under it is thus found again. `attempt` counts from 0, for what
    /// may have to be made anew.
    package func identifier(attempt: Int = 0) -> Identifier {
        .hashed(SHA256.hash([Array(text.string.utf8), [0], Array(String(attempt).utf8)]))
    }
}

/// Another request was made under the same key.
package struct IdempotencyKeyReused: Error, Sendable, Hashable {
    package init() {}
}

extension Problem {
    package static let idempotencyKeyReused = Problem(
        422, kind: "idempotency-key-reused", title: "Idempotency-Key reused",
        detail: "Another request was made with this Idempotency-Key. Nothing was changed; take a fresh key.")
}
