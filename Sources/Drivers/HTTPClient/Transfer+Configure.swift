import CCurl

extension Transfer {
    /// Prepares a fresh easy handle. The handle points to this object without keeping it: the thread does, as long as the
    /// handle lives.
    func configure(_ easy: UnsafeMutableRawPointer) {
        self.easy = easy
        let context = Unmanaged.passUnretained(self).toOpaque()
        shim_set_string(easy, CURLOPT_URL, request.url)
        if let path = request.unixSocket { shim_set_string(easy, CURLOPT_UNIX_SOCKET_PATH, path) }
        shim_set_string(easy, CURLOPT_PROTOCOLS_STR, "http,https")
        shim_set_string(easy, CURLOPT_CUSTOMREQUEST, request.method)
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
        shim_set_long(easy, CURLOPT_TIMEOUT_MS, millisecondsLeft)
        shim_set_pointer(easy, CURLOPT_PRIVATE, context)
        shim_set_pointer(easy, CURLOPT_WRITEDATA, context)
        shim_set_callback(easy, CURLOPT_WRITEFUNCTION, receiveBody)
        shim_set_pointer(easy, CURLOPT_HEADERDATA, context)
        shim_set_callback(easy, CURLOPT_HEADERFUNCTION, receiveHeader)
        shim_set_pointer(easy, CURLOPT_PREREQDATA, context)
        shim_set_prereq_callback(easy, CURLOPT_PREREQFUNCTION, askToSend)
        configureBody(easy, context)
        // Without the first line libcurl may wait a second for a 100 Continue; the second would be its form's.
        var lines = ["Expect:"]
        if !request.headers.contains(where: { $0.name.lowercased() == "content-type" }) {
            lines.append("Content-Type:")
        }
        // "name:" without a value would take the header away.
        lines += request.headers.map { name, value in
            value.allSatisfy { $0 == " " || $0 == "\t" } ? "\(name);" : "\(name): \(value)"
        }
        for line in lines { headerList = curl_slist_append(headerList, line) }
        shim_set_list(easy, CURLOPT_HTTPHEADER, headerList)
    }

    private func configureBody(_ easy: UnsafeMutableRawPointer, _ context: UnsafeMutableRawPointer) {
        let method = request.method
        if method == "HEAD" {
            shim_set_long(easy, CURLOPT_NOBODY, 1)
        } else if request.body != nil || method == "POST" || method == "PUT" || method == "PATCH" {
            // By callback, for libcurl does not copy a body that it is given.
            shim_set_long(easy, CURLOPT_POST, 1)
            shim_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body?.count ?? 0))
            shim_set_pointer(easy, CURLOPT_READDATA, context)
            shim_set_callback(easy, CURLOPT_READFUNCTION, sendBody)
        }
    }

    /// At least 1, for 0 is no limit; at most what libcurl takes, 24 days.
    private var millisecondsLeft: Int {
        let left = (deadline - .now).components
        guard left.seconds < Int64(Int32.max) / 1_000 else { return Int(Int32.max) }
        return max(Int(left.seconds * 1_000 + left.attoseconds / 1_000_000_000_000_000) + 1, 1)
    }
}

private func askToSend(
    _ context: UnsafeMutableRawPointer?, _: UnsafeMutablePointer<CChar>?, _: UnsafeMutablePointer<CChar>?, _: Int32,
    _: Int32
) -> Int32 {
    guard let context else { return CURL_PREREQFUNC_ABORT }
    let isAllowed = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().beginSending()
    return isAllowed ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
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
    return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
        .receive(headerLine: UnsafeRawBufferPointer(start: data, count: size * count))
}

private func sendBody(
    _ data: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context else { return 0 }
    return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
        .send(into: UnsafeMutableRawBufferPointer(start: data, count: size * count))
}
