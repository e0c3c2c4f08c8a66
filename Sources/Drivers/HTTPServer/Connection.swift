internal import CLinux
internal import EventLoops
internal import Glibc

/// One client's connection: reads requests, has them handled one after the other, sends the answers.
///
/// `@unchecked Sendable`: only its loop's thread touches it.
final class Connection: @unchecked Sendable {
    enum Phase {
        /// It may begin with the header of a proxy.
        case proxy
        /// Between requests, or in the middle of a head.
        case head
        case body
        case handling
        case sending
        /// The answer goes on for as long as somebody writes and reads it.
        case streaming
        /// Answered for good. What the client still sends is dropped, so that a reset does not overtake the answer.
        case lingering
        case closed
    }

    /// Read from a socket at one time before a body comes: what is beyond a request's end has to be kept.
    static let headPiece = 16 << 10

    /// Watched once, for changes only (EPOLLET): a request costs no call to change what is watched.
    static let changes = EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue

    let loop: ServerLoop
    let socket: Int32
    /// It keeps the connection, until this is closed.
    var watch: Watch?
    /// nil over a Unix socket.
    var address: ClientAddress?
    /// Who the connection counts for; nobody while it is a proxy's own.
    var client: ClientAddress?
    /// It is one too many: it gets one answer, and only routes that are always taken.
    var isReserved: Bool
    /// Where it stands in the loop's list.
    var index = 0
    /// When the client has had its time, in nanoseconds of the monotonic clock.
    var deadline = UInt64.max
    var phase = Phase.head
    /// Its neighbours among those that wait for a request, in the order of their waiting.
    unowned(unsafe) var waitingBefore: Connection?
    unowned(unsafe) var waitingAfter: Connection?
    var isInWaitingList = false
    /// Whether it stands in the list of those that go on in the next turn.
    var goesOnSoon = false

    /// Whether the socket may have something to read.
    var mayRead = false
    /// The client will send no more; reading shows where its end is.
    private var hasEnded = false
    /// Read and not understood yet: the beginning of a head, or requests that have to wait.
    var pending: [UInt8] = []
    var head = RequestHead()
    /// Whether bytes of the next request have come.
    var hasBegun = false
    /// When they came, where its head came in pieces; in nanoseconds of the monotonic clock.
    var begunAt: UInt64 = 0
    var exchange: Exchange?
    /// The connection ends after the answer.
    var closesAfterwards = false
    var outgoing: Outgoing?
    /// Of an answer that goes on.
    var stream: HTTPStream?
    /// Whether its pieces are framed as HTTP/1.1 has it.
    var isChunked = true
    /// All of it has been written.
    var isEnding = false

    init(loop: ServerLoop, _ arrival: Arrival, isReserved: Bool) {
        self.loop = loop
        socket = arrival.socket
        address = arrival.peer
        client = arrival.client
        self.isReserved = isReserved
        if arrival.isFromProxy { phase = .proxy }
    }

    var context: ServerContext { loop.context }
    var configuration: HTTPServerConfiguration { loop.context.configuration }

    // MARK: Events

    /// What epoll reports; it tells of changes only.
    func changed(_ events: UInt32) {
        guard phase != .closed else { return }
        if events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 { return close() }
        if events & EPOLLRDHUP.rawValue != 0 { hasEnded = true }
        if events & (EPOLLIN.rawValue | EPOLLRDHUP.rawValue) != 0 { mayRead = true }
        // Who reads an answer that goes on, and says that it sends no more, has gone.
        if phase == .streaming, hasEnded { return close() }
        if events & EPOLLOUT.rawValue != 0 {
            if phase == .sending { sendOn() } else if phase == .streaming { streamOn() }
        }
        read()
    }

    /// Goes on where it stopped, to let others have their turn.
    func goOn() {
        goesOnSoon = false
        guard phase != .closed else { return }
        if phase == .sending { sendOn() }
        proceed()
    }

    /// With what has been read, and then with what can be read.
    func proceed() {
        if !pending.isEmpty, takesInput { understandPending() }
        read()
    }

    private var takesInput: Bool {
        switch phase {
        case .proxy, .head, .body, .lingering: true
        case .handling, .sending, .streaming, .closed: false
        }
    }

    // MARK: Reading

    private func read() {
        var rounds = 4
        while mayRead, takesInput {
            guard rounds > 0 else { return loop.goOnSoon(self) }
            rounds -= 1
            let room = phase == .body || phase == .lingering ? loop.input.count : Self.headPiece
            let count = recv(socket, loop.input.baseAddress, room, 0)
            if count > 0 {
                // A short read has emptied the socket, unless its end is still to be read.
                if count < room, !hasEnded { mayRead = false }
                received(UnsafeRawBufferPointer(start: loop.input.baseAddress, count: count))
            } else if count == 0 {
                mayRead = false
                inputEnded()
            } else if errno == EAGAIN {
                mayRead = false
            } else if errno != EINTR {
                close()
            }
        }
    }

    private func received(_ bytes: UnsafeRawBufferPointer) {
        guard pending.isEmpty else {
            guard keep(bytes) else { return }
            return understandPending()
        }
        let used = understand(bytes)
        if used < bytes.count { _ = keep(bytes.part(used..<bytes.count)) }
    }

    private func understandPending() {
        var held: [UInt8] = []
        swap(&held, &pending)
        let used = held.withUnsafeBytes { understand($0) }
        if used == 0, phase != .closed {
            swap(&held, &pending)
        } else {
            context.input.release(held.count)
            if used < held.count { _ = held.withUnsafeBytes { keep($0.part(used..<$0.count)) } }
        }
    }

    /// Keeps what can't be understood yet.
    ///
    /// - Returns: false when the server holds too much; then the request is refused, or the connection ends after the answer
    private func keep(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard phase != .closed, phase != .lingering else { return false }
        guard context.input.grow(from: pending.count, to: pending.count + bytes.count) else {
            if takesInput { refuse(.tooManyBytes) } else { closesAfterwards = true }
            return false
        }
        pending.append(contentsOf: bytes)
        return true
    }

    func dropPending() {
        context.input.release(pending.count)
        pending = []
    }

    /// - Returns: how many of the bytes belong to what is done
    private func understand(_ bytes: UnsafeRawBufferPointer) -> Int {
        var used = 0
        do throws(RequestFault) {
            while used < bytes.count {
                let rest = bytes.part(used..<bytes.count)
                switch phase {
                case .proxy:
                    guard let size = try readProxyHeader(rest) else { return used }
                    used += size
                case .head:
                    guard let size = try readHead(rest) else { return used }
                    used += size
                case .body:
                    used += try readBody(rest)
                case .lingering, .closed:
                    return bytes.count
                case .handling, .sending, .streaming:
                    return used
                }
            }
        } catch {
            refuse(error)
            return bytes.count
        }
        return used
    }

    // MARK: The end

    /// Refuses a request that is not read to its end.
    func refuse(_ fault: RequestFault) {
        loop.waiting.remove(self)
        if exchange == nil {
            exchange = Exchange(context, from: address, since: hasBegun ? begunAt : monotonicNow())
        }
        answer(context.refusal(fault, to: exchange?.headers), closing: true, isCutShort: true)
    }

    private func inputEnded() {
        switch phase {
        case .proxy, .head:
            if hasNothing { close() } else { refuse(.malformed("the request ends before its end")) }
        case .body: refuse(.malformed("the request ends before its end"))
        case .lingering: close()
        case .handling, .sending, .streaming, .closed: break
        }
    }

    /// Whether it waits for a request of which nothing has come, not even into the kernel's buffer.
    var isIdle: Bool {
        guard phase == .head || phase == .proxy, hasNothing else { return false }
        var waiting: Int32 = 0
        return ioctl(socket, UInt(FIONREAD), &waiting) != 0 || waiting == 0
    }

    /// Whether nothing of a request has been read, but empty lines that may come before one.
    private var hasNothing: Bool { pending.isEmpty || (phase == .head && head.isEmptyLines(of: pending.count)) }

    func close() {
        guard phase != .closed else { return }
        phase = .closed
        exchange?.cancel()
        exchange?.end(status: exchange?.response?.status ?? 499)
        exchange = nil
        dropPending()
        // What a stream has to send counts for itself.
        if stream != nil { outgoing = nil }
        stream?.leave()
        stream = nil
        dropOutgoing()
        if let watch { loop.thread.watchNoMore(watch) }
        watch = nil
        Glibc.close(socket)
        loop.connectionEnded(self)
    }
}
