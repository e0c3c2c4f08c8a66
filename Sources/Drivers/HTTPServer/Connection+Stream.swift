internal import EventLoops
internal import Glibc

/// Answers that go on (`HTTPStream`). They take no thread: the loop sends what has been written when it is woken, and when the client has
/// taken what came before.
extension Connection {
    /// Sends the head, and then what is written into the stream.
    func beginStream(_ stream: HTTPStream, head: [UInt8]) {
        exchange?.end(status: exchange?.response?.status ?? 0)
        isChunked = exchange?.head?.isHTTP10 != true
        if !isChunked { closesAfterwards = true }
        exchange = nil
        phase = .streaming
        self.stream = stream
        allowForEver()
        send(piece: head)
        guard phase == .streaming else { return }
        stream.begin { [self] in _ = loop.thread.post { self.streamOn() } }
    }

    /// Something waits in the stream, or the client takes more.
    func streamOn() {
        guard phase == .streaming, let stream else { return }
        if stream.isLost { return close() }
        if outgoing != nil {
            sendRest()
            guard phase == .streaming, outgoing == nil else { return }
        }
        switch stream.take() {
        case .cutOff: close()
        case .bytes(let bytes, let isLast):
            if !bytes.isEmpty { send(piece: isChunked ? Self.chunk(bytes) : bytes) }
            guard isLast, phase == .streaming else { return }
            endStream()
        }
    }

    private func endStream() {
        isEnding = true
        if outgoing == nil { finishStream() }
    }

    /// All that was written has been taken.
    private func finishStream() {
        guard isChunked else { return close() }
        isChunked = false
        send(piece: Array("0\r\n\r\n".utf8))
    }

    private func send(piece: [UInt8]) {
        outgoing = Outgoing(head: piece, body: [], sent: 0, began: loop.now)
        sendRest()
    }

    private func sendRest() {
        guard let outgoing else { return }
        while outgoing.left > 0 {
            let sent = Self.send(outgoing.head, [], from: outgoing.sent, over: socket)
            if sent > 0 {
                outgoing.sent += sent
            } else if errno == EAGAIN {
                return allow(configuration.sendTimeout)
            } else if errno != EINTR {
                return close()
            }
        }
        self.outgoing = nil
        allowForEver()
        if isEnding { finishStream() }
    }

    /// As HTTP/1.1 frames a piece of a body whose length nobody knows (RFC 9112, 7.1).
    private static func chunk(_ bytes: [UInt8]) -> [UInt8] {
        Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + Array("\r\n".utf8)
    }
}
