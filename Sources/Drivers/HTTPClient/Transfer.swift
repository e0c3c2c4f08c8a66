import CCurl

/// One request and what comes back.
///
/// `@unchecked Sendable`: made by the caller, it is handed over to the client's thread once, by `TransferThread.add`; from
/// then on only that thread touches it.
final class Transfer: @unchecked Sendable {
    typealias Outcome = Result<HTTPClientResponse, HTTPClientError>

    /// Bytes of all of a response's header lines; libcurl limits the single line alone.
    static let maximumHeaders = 256 << 10
    private static let connectionEnded = "the connection ended before the answer"

    let request: HTTPClientRequest
    let deadline: ContinuousClock.Instant
    private let maximumResponse: Int
    var continuation: CheckedContinuation<Outcome, Never>?
    /// From `configure` on, until the thread releases it.
    var easy: UnsafeMutableRawPointer?
    /// libcurl reads it as long as the handle lives.
    var headerList: UnsafeMutablePointer<curl_slist>?

    private var sent = 0
    private var received: [UInt8] = []
    private var responseHeaders: [(name: String, value: String)] = []
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
        curl_slist_free_all(headerList)
        headerList = nil
        continuation?.resume(returning: outcome)
        continuation = nil
    }

    /// The outcome of a transfer that libcurl has ended.
    func outcome(_ code: CURLcode) -> Outcome {
        guard code == CURLE_OK else {
            // It would send the body again and can't seek to its start, as `beginSending` would not allow either.
            if code == CURLE_SEND_FAIL_REWIND { refusal = Self.connectionEnded }
            return failure(refusal ?? String(cString: curl_easy_strerror(code)))
        }
        var status = 0
        shim_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
        guard isHeadComplete else { return failure("the connection ended inside the answer's headers") }
        return .success(HTTPClientResponse(status: status, headers: responseHeaders, body: received))
    }

    /// A failure, by whether anything was sent.
    func failure(_ reason: String) -> Outcome {
        .failure(HTTPClientError(requestSize == 0 ? .notProcessed : .unknown, "\(request.url): \(reason)"))
    }

    /// The bytes that libcurl has sent so far; it counts those of earlier connections too.
    private var requestSize: Int {
        guard let easy else { return 0 }
        var size = 0
        shim_get_long(easy, CURLINFO_REQUEST_SIZE, &size)
        return size
    }

    // MARK: - Called by libcurl, on its thread

    /// Whether the request may be sent over the connection that there is now. libcurl asks each time: it sends a request
    /// again by itself when a kept connection dies before the first byte of an answer, although the server may have
    /// processed it. Reading twice harms nobody.
    func beginSending() -> Bool {
        guard requestSize == 0 || request.method == "GET" || request.method == "HEAD" else {
            refusal = Self.connectionEnded
            return false
        }
        sent = 0
        return true
    }

    /// How much was taken; less than offered ends the transfer with an error.
    func receive(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard bytes.count <= maximumResponse - received.count else {
            refusal = "the response is longer than \(maximumResponse) bytes"
            return 0
        }
        received.append(contentsOf: bytes)
        return bytes.count
    }

    /// Like `receive`, a line of the response's head, or a trailer.
    func receive(headerLine bytes: UnsafeRawBufferPointer) -> Int {
        headerBytes += bytes.count
        guard headerBytes <= Self.maximumHeaders else {
            refusal = "the response's headers are longer than \(Self.maximumHeaders) bytes"
            return 0
        }
        let line = String(decoding: bytes, as: UTF8.self)
        // A new head: what came before was a 100 Continue.
        if line.hasPrefix("HTTP/") {
            responseHeaders = []
            isHeadComplete = false
        } else if bytes.allSatisfy({ $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n") }) {
            isHeadComplete = true
        } else if let colon = line.firstIndex(of: ":") {
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            let end = value.lastIndex { !$0.isWhitespace }
            responseHeaders.append((String(line[..<colon]), end.map { String(value[...$0]) } ?? ""))
        }
        return bytes.count
    }

    func send(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard let body = request.body else { return 0 }
        let count = min(buffer.count, body.count - sent)
        body.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[sent..<sent + count])) }
        sent += count
        return count
    }
}
