import EventLoops

/// Requests as their bytes come, and who they are from.
extension Connection {
    func readProxyHeader(_ bytes: UnsafeRawBufferPointer) throws(RequestFault) -> Int? {
        switch try ProxyHeader.find(in: bytes) {
        case .incomplete: return nil
        case .none:
            phase = .head
            return 0
        case .header(let header):
            phase = .head
            if let client = header.client { try belongs(to: client) }
            return header.size
        }
    }

    /// From here on the connection counts for the proxy's client.
    private func belongs(to address: ClientAddress) throws(RequestFault) {
        self.address = address
        guard !isReserved else { return }
        let client = address.client
        if !context.admission.assign(to: client) {
            loop.waiting.dispensable(of: client, inReserve: false)?.close()
            guard context.admission.assign(to: client) else {
                guard context.admission.moveToReserve() else { throw .tooManyConnections }
                isReserved = true
                return
            }
        }
        self.client = client
    }

    func readHead(_ bytes: UnsafeRawBufferPointer) throws(RequestFault) -> Int? {
        guard let size = try head.read(bytes, limit: configuration.maximumHead) else {
            if !hasBegun, !head.isEmptyLines(of: bytes.count) {
                hasBegun = true
                begunAt = monotonicNow()
                allow(configuration.headTimeout)
            }
            return nil
        }
        loop.waiting.remove(self)
        var head = RequestHead()
        swap(&head, &self.head)
        hasBegun = false
        let exchange = Exchange(context, from: address)
        self.exchange = exchange
        closesAfterwards = !head.keepsAlive || isReserved
        try exchange.begin(head, bytes.part(0..<size))
        if exchange.route?.isAlwaysTaken != true {
            if isReserved {
                exchange.refusal = context.refusal(.tooManyConnections, to: exchange.headers)
            } else if exchange.refusal == nil, context.isFull {
                // Refused already here, its body takes no memory.
                exchange.refusal = context.tooManyWaiting(to: exchange.headers)
            }
        }
        try expectBody(of: head, exchange, isThere: size < bytes.count)
        return size
    }

    /// Decides by what the head says of the body whether to read it.
    private func expectBody(of head: RequestHead, _ exchange: Exchange, isThere: Bool) throws(RequestFault) {
        let length = head.contentLength ?? 0
        guard head.isChunked || length > 0 else { return bodyEnded() }
        guard length <= exchange.maximumBody else { throw .bodyTooLarge(exchange.maximumBody) }
        if head.expectsContinue, !head.isHTTP10, !isThere {
            // A client that waits for "100 Continue" has sent nothing yet.
            if let refusal = exchange.refusal { return answer(refusal, closing: true) }
            guard sayContinue() else { return close() }
        }
        phase = .body
        exchange.left = length
        exchange.chunks =
            head.isChunked
            ? ChunkedBody(maximumBody: exchange.maximumBody, maximumTrailer: configuration.maximumHead) : nil
        allow(configuration.bodyTimeout)
    }

    func readBody(_ bytes: UnsafeRawBufferPointer) throws(RequestFault) -> Int {
        guard let exchange else { return bytes.count }
        if exchange.chunks != nil {
            let size = try exchange.readChunks(bytes)
            if exchange.chunks?.isDone == true { bodyEnded() }
            return size
        }
        let size = min(exchange.left, bytes.count)
        try exchange.take(bytes.part(0..<size))
        exchange.left -= size
        if exchange.left == 0 { bodyEnded() }
        return size
    }

    private func bodyEnded() {
        guard let exchange else { return }
        allowForEver()
        if let refusal = exchange.refusal { return answer(refusal) }
        phase = .handling
        exchange.handle(on: loop) { [self] in loop.answerSoon(self) }
        if let response = exchange.response { answer(response) }
    }

    /// The handler has finished later.
    func handled() {
        guard phase == .handling, let response = exchange?.response else { return }
        answer(response)
        proceed()
    }

    /// Ready for the next request.
    func beginAgain() {
        phase = .head
        allow(configuration.idleTimeout)
        loop.waiting.append(self)
    }
}
