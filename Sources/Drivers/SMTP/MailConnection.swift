import CCurl
import ConnectionThreads
import Glibc

/// A handle of libcurl and the connection that it keeps, used by one thread at a time. Blocks.
final class MailConnection: ThreadConnection {
    private let easy: UnsafeMutableRawPointer
    private var dialogue = Dialogue(isKnown: false, size: 0)
    private var content: [UInt8] = []
    private var sent = 0
    private let isEnding: EndOfMail
    private let hasLogin: Bool
    /// Those that libcurl has open for it: one, but for a moment while it connects.
    private var sockets: Set<curl_socket_t> = []

    /// nil: there is no memory.
    init?(_ server: MailServer, _ isEnding: EndOfMail) {
        guard let easy = curl_easy_init() else { return nil }
        self.easy = easy
        self.isEnding = isEnding
        hasLogin = server.login != nil
        shim_set_string(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        shim_set_string(easy, CURLOPT_URL, server.url)
        shim_set_string(easy, CURLOPT_PROXY, "")
        shim_set_long(easy, CURLOPT_NOSIGNAL, 1)
        shim_set_long(
            easy, CURLOPT_USE_SSL, Int(server.encryption == .none ? CURLUSESSL_NONE.rawValue : CURLUSESSL_ALL.rawValue))
        shim_set_long(easy, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if let authorities = server.authorities {
            shim_set_string(easy, CURLOPT_CAINFO, authorities)
            // Else the system's count, too.
            shim_set_string(easy, CURLOPT_CAPATH, nil)
        }
        // A time-out would wait for the resolver to give in.
        shim_set_long(easy, CURLOPT_QUICK_EXIT, 1)
        if let login = server.login {
            shim_set_string(easy, CURLOPT_USERNAME, login.user)
            shim_set_string(easy, CURLOPT_PASSWORD, login.password)
        }
        // Servers close one that is not used, commonly after five minutes.
        shim_set_long(easy, CURLOPT_MAXAGE_CONN, 60)
        shim_set_long(easy, CURLOPT_UPLOAD, 1)
        let context = Unmanaged.passUnretained(self).toOpaque()
        shim_set_pointer(easy, CURLOPT_READDATA, context)
        shim_set_callback(easy, CURLOPT_READFUNCTION, giveContent)
        shim_set_callback(easy, CURLOPT_WRITEFUNCTION, dropText)
        shim_set_pointer(easy, CURLOPT_SOCKOPTDATA, context)
        shim_set_open_callback(easy, CURLOPT_SOCKOPTFUNCTION, noteOpened)
        shim_set_pointer(easy, CURLOPT_CLOSESOCKETDATA, context)
        shim_set_close_callback(easy, CURLOPT_CLOSESOCKETFUNCTION, closeSocket)
        // The one way to hear which command an answer belongs to.
        shim_set_long(easy, CURLOPT_VERBOSE, 1)
        shim_set_pointer(easy, CURLOPT_DEBUGDATA, context)
        shim_set_debug_callback(easy, CURLOPT_DEBUGFUNCTION, listen)
        // libcurl asks it once a second, also where it waits.
        shim_set_long(easy, CURLOPT_NOPROGRESS, 0)
        shim_set_pointer(easy, CURLOPT_XFERINFODATA, context)
        shim_set_progress_callback(easy, CURLOPT_XFERINFOFUNCTION, askWhetherToGoOn)
    }

    func close() {
        cut()
        curl_easy_cleanup(easy)
    }

    /// - Parameter milliseconds: at most; 1 at least
    /// - Returns: nil: the server has taken it.
    func send(_ mail: Mail, milliseconds: Int) -> MailFailure? {
        (dialogue, content, sent) = (Dialogue(isKnown: hasLogin, size: mail.content.count), mail.content, 0)
        shim_set_string(easy, CURLOPT_MAIL_FROM, "<\(mail.sender)>")
        let recipients = curl_slist_append(nil, "<\(mail.recipient)>")
        defer {
            shim_set_list(easy, CURLOPT_MAIL_RCPT, nil)
            curl_slist_free_all(recipients)
            content = []
        }
        shim_set_list(easy, CURLOPT_MAIL_RCPT, recipients)
        shim_set_offset(easy, CURLOPT_INFILESIZE_LARGE, curl_off_t(content.count))
        shim_set_long(easy, CURLOPT_TIMEOUT_MS, milliseconds)
        shim_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds)
        shim_set_long(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, max(milliseconds / 1_000, 1))
        let code = curl_easy_perform(easy)
        // Told to end, libcurl calls a mail failed that the server has taken.
        guard code != CURLE_OK, !dialogue.isTaken else { return nil }
        // Its own text may quote the server.
        let failure = dialogue.failure(String(cString: curl_easy_strerror(code)))
        if !dialogue.isAnswered { cut() }
        return failure
    }

    /// Where an answer is missing: libcurl keeps a connection on which it has waited for one in vain, and would send the next mail on
    /// it. And where nobody waits for one: it does not end before QUIT is answered, whatever its time limits are.
    private func cut() {
        for socket in sockets { _ = shutdown(socket, Int32(SHUT_RDWR)) }
    }

    fileprivate func opened(_ socket: curl_socket_t) { sockets.insert(socket) }

    fileprivate func closes(_ socket: curl_socket_t) { sockets.remove(socket) }

    fileprivate var mayGoOn: Bool { !isEnding.isNow }

    fileprivate func give(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, content.count - sent)
        guard count > 0 else { return 0 }
        content.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[sent..<sent + count])) }
        sent += count
        return count
    }

    fileprivate func hear(_ kind: curl_infotype, _ bytes: UnsafeRawBufferPointer) {
        switch kind {
        case CURLINFO_HEADER_OUT:
            dialogue.sent(command: bytes)
            if dialogue.isOver { cut() }
        case CURLINFO_HEADER_IN: dialogue.received(answer: bytes)
        case CURLINFO_DATA_OUT: dialogue.sent(content: bytes)
        default: break
        }
    }
}

// MARK: - Called by libcurl

private func connection(_ context: UnsafeMutableRawPointer?) -> MailConnection? {
    context.map { Unmanaged<MailConnection>.fromOpaque($0).takeUnretainedValue() }
}

private func giveContent(
    _ data: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    connection(context)?.give(UnsafeMutableRawBufferPointer(start: data, count: size * count)) ?? 0
}

private func dropText(
    _: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _: UnsafeMutableRawPointer?
) -> Int { size * count }

private func listen(
    _: UnsafeMutableRawPointer?, _ kind: curl_infotype, _ data: UnsafeMutablePointer<CChar>?, _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int32 {
    connection(context)?.hear(kind, UnsafeRawBufferPointer(start: data, count: count))
    return 0
}

private func noteOpened(_ context: UnsafeMutableRawPointer?, _ socket: curl_socket_t, _: curlsocktype) -> Int32 {
    connection(context)?.opened(socket)
    return CURL_SOCKOPT_OK
}

private func closeSocket(_ context: UnsafeMutableRawPointer?, _ socket: curl_socket_t) -> Int32 {
    connection(context)?.closes(socket)
    return Glibc.close(socket)
}

private func askWhetherToGoOn(
    _ context: UnsafeMutableRawPointer?, _: curl_off_t, _: curl_off_t, _: curl_off_t, _: curl_off_t
) -> Int32 { connection(context)?.mayGoOn == true ? 0 : 1 }
