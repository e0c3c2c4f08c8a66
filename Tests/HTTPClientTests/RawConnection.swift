import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// One connection of a `RawServer`, used by its thread alone.
final class RawConnection {
    private let descriptor: Int32
    private let shared: RawServer.Shared
    private var unread: [UInt8] = []
    private var isClosed = false

    init(_ descriptor: Int32, _ shared: RawServer.Shared) {
        self.descriptor = descriptor
        self.shared = shared
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        #if canImport(Darwin)
            _ = Darwin.close(descriptor)
        #else
            _ = Glibc.close(descriptor)
        #endif
    }

    /// Closes so that the other end sees a reset at once.
    func reset() {
        var now = linger(l_onoff: 1, l_linger: 0)
        _ = setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    /// A whole request, which is noted with the server; nil when the connection ends before.
    func readRequest() -> RawServer.Request? {
        guard var request = readHead() else { return nil }
        if let length = request.header("content-length").flatMap({ Int($0) }) {
            while unread.count < length { guard readMore() else { return nil } }
            request.body = Array(unread.prefix(length))
            unread.removeFirst(length)
        }
        shared.state.withLock { $0.requests.append(request) }
        return request
    }

    /// The head of a request, which is not noted.
    func readHead() -> RawServer.Request? {
        let end = Array("\r\n\r\n".utf8)
        var searched = 0
        while true {
            let found = unread.indices.dropFirst(searched).first { unread[$0...].starts(with: end) }
            guard let found else {
                searched = max(0, unread.count - 3)
                guard readMore() else { return nil }
                continue
            }
            let lines = String(decoding: unread[..<found], as: UTF8.self).split(separator: "\r\n")
            unread.removeFirst(found + end.count)
            let words = lines.first?.split(separator: " ") ?? []
            guard words.count == 3 else { return nil }
            let headers = lines.dropFirst().map { line in
                let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                return (String(parts[0]), parts.count > 1 ? String(parts[1].drop { $0 == " " }) : "")
            }
            return RawServer.Request(method: String(words[0]), target: String(words[1]), headers: headers)
        }
    }

    /// Reads until the other end closes, or the server stops.
    func waitForEnd() {
        while readMore() { unread = [] }
    }

    private func readMore() -> Bool {
        guard wait(POLLIN) else { return false }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { return false }
        unread += buffer[..<count]
        return true
    }

    func respond(_ status: String = "200 OK", headers: [String] = [], body: [UInt8] = []) {
        let lines = ["HTTP/1.1 \(status)", "Content-Length: \(body.count)"] + headers + ["", ""]
        write(Array(lines.joined(separator: "\r\n").utf8) + body)
    }

    func write(_ text: String) { write(Array(text.utf8)) }

    @discardableResult
    func write(_ bytes: [UInt8]) -> Bool {
        var position = 0
        while position < bytes.count {
            guard wait(POLLOUT) else { return false }
            let count = bytes[position...].withUnsafeBytes { rest in
                send(descriptor, rest.baseAddress, rest.count, Int32(MSG_DONTWAIT))
            }
            if count < 0, errno == EAGAIN { continue }
            guard count > 0 else { return false }
            position += count
        }
        return true
    }

    /// Ends our direction and waits until the other end's system knows.
    func shutDownAndWait() {
        shutdown(descriptor, Int32(SHUT_WR))
        let deadline = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < deadline {
            // The first byte of tcp_info is the state; 5 is FIN_WAIT2: our end was acknowledged.
            var information = [UInt8](repeating: 0, count: 256)
            var length = socklen_t(information.count)
            guard getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_INFO, &information, &length) == 0 else { return }
            if information[0] == 5 { return }
            usleep(1_000)
        }
    }

    private func wait(_ events: Int32) -> Bool {
        let deadline = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < deadline, !shared.state.withLock({ $0.isStopping }) {
            if waitFor(descriptor, events, milliseconds: 20) { return true }
        }
        return false
    }
}
