import CCurl
import EventLoops

/// An easy handle of libcurl, told once what is the same for all calls, and for each call the rest.
final class Handle {
    let easy: UnsafeMutableRawPointer
    /// libcurl has tried a request of its more than once, or failed with it. It counts such tries over all calls of a handle, and after
    /// five refuses one: this is its last.
    var isSpent = false
    /// Where it stands among those in use.
    var index = 0
    private(set) var transfer: Transfer?
    /// The call's, in nanoseconds of the monotonic clock.
    private(set) var deadline = UInt64.max
    /// libcurl reads it as long as the call lasts.
    private var headers: UnsafeMutablePointer<curl_slist>?

    /// nil: there is no memory.
    init?() {
        guard let easy = curl_easy_init() else { return nil }
        self.easy = easy
        shim_set_string(easy, CURLOPT_PROTOCOLS_STR, "http,https")
        // The environment's http_proxy is not for calls between services.
        shim_set_string(easy, CURLOPT_PROXY, "")
        shim_set_long(easy, CURLOPT_NOSIGNAL, 1)
        shim_set_long(easy, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        shim_set_long(easy, CURLOPT_DNS_SHUFFLE_ADDRESSES, 1)
        // A call that ends while its name is being resolved would hold up all others until the resolver gives in.
        shim_set_long(easy, CURLOPT_QUICK_EXIT, 1)
        // Whoever is found by name may be replaced, and be elsewhere: a minute, libcurl's own, would be too long.
        shim_set_long(easy, CURLOPT_DNS_CACHE_TIMEOUT, 2)
        // A minute: then a connection is made anew, so that replicas which came later get their share.
        shim_set_long(easy, CURLOPT_MAXLIFETIME_CONN, 60)
        let context = Unmanaged.passUnretained(self).toOpaque()
        shim_set_pointer(easy, CURLOPT_PRIVATE, context)
        shim_set_pointer(easy, CURLOPT_WRITEDATA, context)
        shim_set_callback(easy, CURLOPT_WRITEFUNCTION, receiveBody)
        shim_set_pointer(easy, CURLOPT_HEADERDATA, context)
        shim_set_callback(easy, CURLOPT_HEADERFUNCTION, receiveHeader)
        shim_set_pointer(easy, CURLOPT_PREREQDATA, context)
        shim_set_prereq_callback(easy, CURLOPT_PREREQFUNCTION, askToSend)
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_slist_free_all(headers)
    }

    /// The one that libcurl knows as `easy`.
    static func of(_ easy: UnsafeMutableRawPointer) -> Handle? {
        var context: UnsafeMutableRawPointer?
        shim_get_pointer(easy, CURLINFO_PRIVATE, &context)
        return context.map { Unmanaged<Handle>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Prepares it for a call. All that may differ from the call before is said.
    func take(_ transfer: Transfer, left: Duration) {
        self.transfer = transfer
        transfer.handle = self
        let request = transfer.request
        shim_set_string(easy, CURLOPT_URL, request.url)
        shim_set_string(easy, CURLOPT_UNIX_SOCKET_PATH, request.unixSocket)
        let milliseconds = left.roundedUpMilliseconds
        deadline = monotonicNow() + UInt64(milliseconds) * 1_000_000
        shim_set_long(easy, CURLOPT_TIMEOUT_MS, milliseconds)
        setBody(request)
        shim_set_string(easy, CURLOPT_CUSTOMREQUEST, request.method)
        for line in request.headerLines { headers = curl_slist_append(headers, line) }
        shim_set_list(easy, CURLOPT_HTTPHEADER, headers)
    }

    private func setBody(_ request: HTTPClientRequest) {
        switch request.method {
        case "HEAD":
            shim_set_long(easy, CURLOPT_NOBODY, 1)
        case "POST", "PUT", "PATCH":
            setBody(request.body ?? [])
        default:
            if let body = request.body { setBody(body) } else { shim_set_long(easy, CURLOPT_HTTPGET, 1) }
        }
    }

    /// libcurl's copy goes out with the head, in one piece where it is small. `askToSend` sees to it that it goes out once.
    private func setBody(_ body: [UInt8]) {
        shim_set_long(easy, CURLOPT_POST, 1)
        shim_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
        _ = body.withUnsafeBytes { bytes in
            if let start = bytes.baseAddress, !bytes.isEmpty {
                shim_set_pointer(easy, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: start))
            } else {
                shim_set_string(easy, CURLOPT_COPYPOSTFIELDS, "")
            }
        }
    }

    /// Forgets the call: libcurl has no part in it any more.
    func letGo() {
        transfer?.handle = nil
        transfer = nil
        deadline = .max
        shim_set_list(easy, CURLOPT_HTTPHEADER, nil)
        curl_slist_free_all(headers)
        headers = nil
        shim_set_pointer(easy, CURLOPT_COPYPOSTFIELDS, nil)
    }

    /// The bytes of heads that libcurl has sent for this call; it counts those of earlier connections too.
    var sentBytes: Int {
        var size = 0
        shim_get_long(easy, CURLINFO_REQUEST_SIZE, &size)
        return size
    }

    var status: Int {
        var status = 0
        shim_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
        return status
    }
}

extension Duration {
    /// At least 1, for 0 is no limit to libcurl; at most what it takes, 24 days.
    fileprivate var roundedUpMilliseconds: Int {
        guard components.seconds < Int64(Int32.max) / 1_000 else { return Int(Int32.max) }
        return max(Int(components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000) + 1, 1)
    }
}

// MARK: - Called by libcurl

private func transfer(_ context: UnsafeMutableRawPointer?) -> Transfer? {
    context.flatMap { Unmanaged<Handle>.fromOpaque($0).takeUnretainedValue().transfer }
}

private func askToSend(
    _ context: UnsafeMutableRawPointer?, _: UnsafeMutablePointer<CChar>?, _: UnsafeMutablePointer<CChar>?, _: Int32,
    _: Int32
) -> Int32 {
    transfer(context)?.beginSending() == true ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
}

private func receiveBody(
    _ data: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    transfer(context)?.receive(UnsafeRawBufferPointer(start: data, count: size * count)) ?? 0
}

private func receiveHeader(
    _ data: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    transfer(context)?.receive(headerLine: UnsafeRawBufferPointer(start: data, count: size * count)) ?? 0
}
