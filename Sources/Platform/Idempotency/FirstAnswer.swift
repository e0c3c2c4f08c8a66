package import HTTPServer
import ServiceHost

/// The body that a request got when it was first made, and whether this is a repeat of it.
package struct FirstAnswer: Sendable, Hashable {
    package var body: [UInt8]
    package var isReplayed: Bool

    package init(body: [UInt8], isReplayed: Bool) {
        self.body = body
        self.isReplayed = isReplayed
    }

    /// The response; a repeat of it differs by the header `Idempotent-Replayed` alone.
    package func response(
        status: Int = 200, headers: [(name: String, value: String)] = []
    ) -> HTTPResponse {
        .json(body, status: status, headers: headers + (isReplayed ? [("idempotent-replayed", "true")] : []))
    }
}
