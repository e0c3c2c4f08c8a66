import Glibc

/// One connection and the request that is on it. Only the placing thread knows it.
final class Connection {
    enum State { case closed, connecting, idle, sending, waiting }

    let number: Int
    var state = State.closed
    var socket: Int32 = -1
    /// When it may be opened again, after it could not be.
    var closedUntil: UInt64 = 0

    /// Of the request: its draft, when it was due, whether it is measured, and of one with a key the key's number.
    var draft = 0
    var due: UInt64 = 0
    var isMeasured = false
    var key: UInt64?
    /// Set: the request says again what was answered with this order.
    var repeating: UInt128?
    /// What was accepted last with a key, to be said again.
    var last: (draft: Int, key: UInt64, order: UInt128)?

    /// What is sent; a request with a key is in `copy`.
    var toSend: UnsafeRawPointer
    var sendLength = 0
    var sent = 0
    let copy: UnsafeMutableRawBufferPointer

    private(set) var received: UnsafeMutableRawBufferPointer
    private(set) var receivedCount = 0
    /// Bytes of an answer at most.
    private static let longestAnswer = 4 << 20

    init(number: Int, longestRequest: Int) {
        self.number = number
        copy = .allocate(byteCount: longestRequest, alignment: 8)
        received = .allocate(byteCount: 16 << 10, alignment: 8)
        toSend = UnsafeRawPointer(received.baseAddress.unsafelyUnwrapped)
    }

    deinit {
        if socket >= 0 { close(socket) }
        copy.deallocate()
        received.deallocate()
    }

    var hasRequest: Bool { state == .sending || state == .waiting || (state == .connecting && sendLength > 0) }

    enum Progress { case done, again, failed }

    /// Sends as much as the system takes.
    func send() -> Progress {
        while sent < sendLength {
            let count = Glibc.send(socket, toSend + sent, sendLength - sent, Int32(MSG_NOSIGNAL))
            if count > 0 {
                sent += count
            } else if errno == EAGAIN {
                return .again
            } else if errno != EINTR {
                return .failed
            }
        }
        return .done
    }

    /// Takes what has come; `.done`: there is no more for now, `.failed`: nor will there be.
    func receive() -> Progress {
        while true {
            if receivedCount == received.count, !grow() { return .failed }
            let room = received.count - receivedCount
            let count = recv(socket, received.baseAddress.unsafelyUnwrapped + receivedCount, room, 0)
            if count > 0 {
                receivedCount += count
                // Less than there was room for: that was all. The edge of the next byte will be told.
                if count < room { return .done }
            } else if count < 0, errno == EAGAIN {
                return .done
            } else if count == 0 || errno != EINTR {
                return .failed
            }
        }
    }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: received[..<receivedCount]) }

    /// The answer was read.
    func drop(_ length: Int) {
        receivedCount -= length
        guard receivedCount > 0 else { return }
        let start = received.baseAddress.unsafelyUnwrapped
        memmove(start, start + length, receivedCount)
    }

    func dropAll() { receivedCount = 0 }

    private func grow() -> Bool {
        guard received.count < Self.longestAnswer else { return false }
        let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: received.count * 2, alignment: 8)
        larger.copyMemory(from: bytes)
        received.deallocate()
        received = larger
        return true
    }
}
