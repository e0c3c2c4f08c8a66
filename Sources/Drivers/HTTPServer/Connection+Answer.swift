internal import Glibc

/// What of an answer the client has not taken yet.
final class Outgoing {
    let head: [UInt8]
    let body: [UInt8]
    var sent: Int
    let began: UInt64

    init(head: [UInt8], body: [UInt8], sent: Int, began: UInt64) {
        self.head = head
        self.body = body
        self.sent = sent
        self.began = began
    }

    var size: Int { head.count + body.count }
    var left: Int { size - sent }
}

extension Connection {
    /// Given to the kernel in one go, before others have their turn.
    private static let piece = 256 << 10
    private static let lingering: Duration = .seconds(5)

    /// Answers the request.
    ///
    /// - Parameters:
    ///   - closing: whether the connection ends with it
    ///   - isCutShort: the client may still be sending this request
    func answer(_ response: HTTPResponse, closing: Bool = false, isCutShort: Bool = false) {
        guard phase != .closed, let exchange else {
            response.stream?.leave()
            return
        }
        var response = response
        if !(200...599).contains(response.status) || !ResponseHead.fits(response) {
            context.log(
                "HTTP: \(exchange.method) \(exchange.route?.pattern ?? "") was answered with status \(response.status) "
                    + "and \(response.headers.count) header fields, which can't be sent; the client got a 500")
            response.stream?.leave()
            response = context.refusal(
                HTTPRefusal(500, "the response could not be sent", to: exchange.headers))
        }
        exchange.response = response
        if closing || loop.isDraining { closesAfterwards = true }
        // Then there is something to read and drop before the end.
        if isCutShort { mayRead = true }
        loop.responseHead.write(
            response, isClosing: closesAfterwards, isHTTP10: exchange.head?.isHTTP10 == true)
        let isBodyless = exchange.isHead || response.status == 204 || response.status == 304
        if let stream = response.stream {
            if !isBodyless, !loop.isDraining { return beginStream(stream, head: loop.responseHead.bytes) }
            stream.leave()
        }
        send(head: loop.responseHead.bytes, body: isBodyless ? [] : response.body)
    }

    private func send(head: [UInt8], body: [UInt8]) {
        phase = .sending
        let sent = Self.send(head, body, from: 0, over: socket)
        if sent == head.count + body.count { return answered() }
        guard sent >= 0 || errno == EAGAIN || errno == EINTR else { return close() }
        let outgoing = Outgoing(head: head, body: body, sent: max(0, sent), began: loop.now)
        self.outgoing = outgoing
        let seconds = outgoing.size / max(1, context.configuration.sendPace)
        allow(context.configuration.sendTimeout + .seconds(seconds))
        loop.holds(outgoing.size, for: self)
        if phase == .sending, sent >= Self.piece { loop.goOnSoon(self) }
    }

    func sendOn() {
        guard let outgoing else { return }
        var rounds = 4
        while outgoing.left > 0 {
            guard rounds > 0 else { return loop.goOnSoon(self) }
            rounds -= 1
            let sent = Self.send(outgoing.head, outgoing.body, from: outgoing.sent, over: socket)
            if sent > 0 {
                outgoing.sent += sent
            } else if errno == EAGAIN {
                return
            } else if errno != EINTR {
                return close()
            }
        }
        dropOutgoing()
        answered()
        // More requests may have come with this one.
        if phase == .head { loop.goOnSoon(self) }
    }

    func dropOutgoing() {
        guard let outgoing else { return }
        self.outgoing = nil
        loop.heldAnswers -= outgoing.size
    }

    /// The client has the answer, or the kernel has it for the client.
    private func answered() {
        let status = exchange?.response?.status ?? 0
        exchange?.end(status: status)
        exchange = nil
        guard closesAfterwards || loop.isDraining else { return beginAgain() }
        // To close with something unread is to reset, which may overtake the answer.
        guard mayRead || !pending.isEmpty else { return close() }
        dropPending()
        shutdown(socket, Int32(SHUT_WR))
        phase = .lingering
        mayRead = true
        allow(min(Self.lingering, context.configuration.bodyTimeout))
        loop.waiting.append(self)
        loop.goOnSoon(self)
    }

    /// Tells a client that waits for it to send the body.
    func sayContinue() -> Bool {
        let text: StaticString = "HTTP/1.1 100 Continue\r\n\r\n"
        let count = text.utf8CodeUnitCount
        return Glibc.send(socket, text.utf8Start, count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT)) == count
    }

    static func send(_ head: [UInt8], _ body: [UInt8], from start: Int, over socket: Int32) -> Int {
        head.withUnsafeBytes { head in
            body.withUnsafeBytes { body in
                let headStart = min(start, head.count)
                let bodyStart = start - headStart
                let headRest = UnsafeMutableRawBufferPointer(mutating: head.part(headStart..<head.count))
                let bodyEnd = min(body.count, bodyStart + piece)
                let bodyRest = UnsafeMutableRawBufferPointer(mutating: body.part(bodyStart..<bodyEnd))
                var parts = (
                    iovec(iov_base: headRest.baseAddress, iov_len: headRest.count),
                    iovec(iov_base: bodyRest.baseAddress, iov_len: bodyRest.count)
                )
                return withUnsafeMutableBytes(of: &parts) { parts in
                    var message = msghdr()
                    message.msg_iov = parts.assumingMemoryBound(to: iovec.self).baseAddress
                    message.msg_iovlen = bodyRest.isEmpty ? 1 : 2
                    return sendmsg(socket, &message, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
                }
            }
        }
    }
}
