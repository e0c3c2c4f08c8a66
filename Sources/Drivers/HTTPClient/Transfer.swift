import CCurl

/// One request and what comes back.
///
/// `@unchecked Sendable`: made by the caller, it is handed over to the client's thread once, by `TransferThread.add`; from
/// then on only that thread touches it.
final class Transfer: @unchecked Sendable {
    typealias Outcome = Result<HTTPClientResponse, HTTPClientError>

    let request: HTTPClientRequest
    let deadline: ContinuousClock.Instant
    private let maximumResponse: Int
    var continuation: CheckedContinuation<Outcome, Never>?

    private var sent = 0
    private var received: [UInt8] = []
    private var responseHeaders: [(name: String, value: String)] = []
    private var isTooLong = false
    private var headerList: UnsafeMutablePointer<curl_slist>?

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

    /// Prepares a fresh easy handle. `context` is this object, unretained: the thread keeps it while the handle lives.
    func configure(_ easy: UnsafeMutableRawPointer) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        shim_set_string(easy, CURLOPT_URL, request.url)
        shim_set_string(easy, CURLOPT_PROTOCOLS_STR, "http,https")
        shim_set_string(easy, CURLOPT_CUSTOMREQUEST, request.method)
        shim_set_string(easy, CURLOPT_PROXY, "")
        shim_set_long(easy, CURLOPT_NOSIGNAL, 1)
        shim_set_long(easy, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        shim_set_long(easy, CURLOPT_DNS_SHUFFLE_ADDRESSES, 1)
        // A minute: then a connection is made anew, so that replicas which came later get their share.
        shim_set_long(easy, CURLOPT_MAXLIFETIME_CONN, 60)
        let left = deadline - .now
        let milliseconds = left.components.seconds * 1_000 + left.components.attoseconds / 1_000_000_000_000_000
        shim_set_long(easy, CURLOPT_TIMEOUT_MS, max(Int(milliseconds), 1))
        shim_set_pointer(easy, CURLOPT_PRIVATE, context)
        shim_set_pointer(easy, CURLOPT_WRITEDATA, context)
        shim_set_callback(easy, CURLOPT_WRITEFUNCTION, receiveBody)
        shim_set_pointer(easy, CURLOPT_HEADERDATA, context)
        shim_set_callback(easy, CURLOPT_HEADERFUNCTION, receiveHeader)
        if request.method == "HEAD" { shim_set_long(easy, CURLOPT_NOBODY, 1) }
        // Without it libcurl may wait a second for a 100 Continue.
        var lines = ["Expect:"]
        if let body = request.body {
            // A body given by callback, and no way to seek in it, can't be sent again: libcurl would do that by itself
            // when a kept-alive connection dies before the answer, and the request be processed twice.
            shim_set_long(easy, CURLOPT_POST, 1)
            shim_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
            shim_set_pointer(easy, CURLOPT_READDATA, context)
            shim_set_callback(easy, CURLOPT_READFUNCTION, sendBody)
            if !request.headers.contains(where: { $0.name.lowercased() == "content-type" }) {
                lines.append("Content-Type:")
            }
        }
        lines += request.headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
        for line in lines { headerList = curl_slist_append(headerList, line) }
        shim_set_list(easy, CURLOPT_HTTPHEADER, headerList)
    }

    /// The outcome of a transfer that libcurl has ended.
    func outcome(_ easy: UnsafeMutableRawPointer, _ code: CURLcode) -> Outcome {
        guard code == CURLE_OK else {
            var requestSize = 0
            shim_get_long(easy, CURLINFO_REQUEST_SIZE, &requestSize)
            let reason =
                isTooLong
                ? "the response is longer than \(maximumResponse) bytes" : String(cString: curl_easy_strerror(code))
            return .failure(HTTPClientError(requestSize == 0 ? .notProcessed : .unknown, "\(request.url): \(reason)"))
        }
        var status = 0
        shim_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
        return .success(HTTPClientResponse(status: status, headers: responseHeaders, body: received))
    }

    // MARK: - Called by libcurl, on its thread

    /// How much was taken; less than offered ends the transfer with an error.
    func receive(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard received.count + bytes.count <= maximumResponse else {
            isTooLong = true
            return 0
        }
        received.append(contentsOf: bytes)
        return bytes.count
    }

    func receive(headerLine bytes: UnsafeRawBufferPointer) {
        let line = String(decoding: bytes, as: UTF8.self)
        // A new head: what came before was a 100 Continue.
        if line.hasPrefix("HTTP/") { responseHeaders = [] }
        guard let colon = line.firstIndex(of: ":") else { return }
        let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
        let end = value.lastIndex { !$0.isWhitespace }
        responseHeaders.append((String(line[..<colon]), end.map { String(value[...$0]) } ?? ""))
    }

    func send(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard let body = request.body else { return 0 }
        let count = min(buffer.count, body.count - sent)
        body.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[sent..<sent + count])) }
        sent += count
        return count
    }
}

private func receiveBody(
    _ data: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context else { return 0 }
    return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
        .receive(UnsafeRawBufferPointer(start: data, count: size * count))
}

private func receiveHeader(
    _ data: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context else { return 0 }
    Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
        .receive(headerLine: UnsafeRawBufferPointer(start: data, count: size * count))
    return size * count
}

private func sendBody(
    _ data: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context else { return 0 }
    return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
        .send(into: UnsafeMutableRawBufferPointer(start: data, count: size * count))
}
