import CCurl

/// One request and what comes back.
///
/// `@unchecked Sendable`: made by the caller, it is handed over to a loop's thread once, by `Transfers.begin`; from then on only
/// that thread touches it.
final class Transfer: @unchecked Sendable {
    typealias Outcome = Result<HTTPClientResponse, HTTPClientError>

    /// Bytes of all of a response's header lines; libcurl limits the single line alone.
    static let maximumHeaders = 256 << 10
    static let clientClosed = "the client is closed"
    private static let connectionEnded = "the connection ended before the answer"

    let request: HTTPClientRequest
    let deadline: ContinuousClock.Instant
    private let maximumResponse: Int
    var continuation: UnsafeContinuation<Outcome, Never>?
    /// While libcurl is at work on it.
    var handle: Handle?

    private var hasBegun = false
    private var head: [UInt8] = []
    private var body: [UInt8] = []
    private var headerBytes = 0
    /// Whether the empty line behind the final head came. libcurl calls a reply that is cut before it a success.
    private var isHeadComplete = false
    /// Why a callback refused what came.
    private var refusal: String?

    init(_ request: HTTPClientRequest, deadline: ContinuousClock.Instant, maximumResponse: Int) {
        self.request = request
        self.deadline = deadline
        self.maximumResponse = maximumResponse
    }

    /// Resumes the caller; the second time and later it does nothing.
    func finish(_ outcome: Outcome) {
        continuation?.resume(returning: outcome)
        continuation = nil
    }

    /// The outcome of a transfer that libcurl has ended.
    func outcome(_ code: CURLcode) -> Outcome {
        guard code == CURLE_OK, let handle else {
            return failure(refusal ?? String(cString: curl_easy_strerror(code)))
        }
        guard isHeadComplete else { return failure("the connection ended inside the answer's headers") }
        return .success(HTTPClientResponse(status: handle.status, head: head, body: body))
    }

    /// A failure, by whether anything was sent; no failure where all that the caller wants is there.
    func failure(_ reason: String) -> Outcome {
        if !request.needsBody, isHeadComplete, let handle, handle.status >= 200 {
            return .success(HTTPClientResponse(status: handle.status, head: head, body: body))
        }
        return .failure(HTTPClientError(sentBytes == 0 ? .notProcessed : .unknown, "\(request.url): \(reason)"))
    }

    /// What libcurl says of a handle's last call does not count for this one.
    private var sentBytes: Int { hasBegun ? handle?.sentBytes ?? 1 : 0 }

    // MARK: - Called by libcurl

    /// Whether the request may be sent over the connection that there is now. libcurl asks each time: it sends a request
    /// again by itself when a kept connection dies before the first byte of an answer, although the server may have
    /// processed it. Reading twice harms nobody.
    func beginSending() -> Bool {
        if hasBegun { handle?.isSpent = true }
        guard sentBytes == 0 || request.method == "GET" || request.method == "HEAD" else {
            refusal = Self.connectionEnded
            return false
        }
        hasBegun = true
        return true
    }

    /// How much was taken; less than offered ends the transfer with an error.
    func receive(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard bytes.count <= maximumResponse - body.count else {
            refusal = "the response is longer than \(maximumResponse) bytes"
            return 0
        }
        body.append(contentsOf: bytes)
        return bytes.count
    }

    /// Like `receive`, a line of the response's head, or a trailer.
    func receive(headerLine bytes: UnsafeRawBufferPointer) -> Int {
        headerBytes += bytes.count
        guard headerBytes <= Self.maximumHeaders else {
            refusal = "the response's headers are longer than \(Self.maximumHeaders) bytes"
            return 0
        }
        // A new head: what came before was a 100 Continue.
        if bytes.starts(with: "HTTP/".utf8) {
            head.removeAll(keepingCapacity: true)
            isHeadComplete = false
        } else if bytes.allSatisfy({ $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n") }) {
            isHeadComplete = true
        } else {
            head.append(contentsOf: bytes)
        }
        return bytes.count
    }
}
