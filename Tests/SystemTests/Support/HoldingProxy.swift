import Foundation
import Synchronization

/// Stands between a service and what it calls, and can hold certain calls, or their answers, back.
///
/// `@unchecked Sendable`: all that changes is behind `condition`; each connection has threads of its own.
final class HoldingProxy: @unchecked Sendable {
    enum What { case calls, answers }

    /// `@unchecked Sendable`: what changes is behind the proxy's `condition`.
    private final class Link: @unchecked Sendable {
        let client: Int32
        let server: Int32
        /// Knows the calls that may be held.
        var calls: any HoldableCalls
        /// Whether its last call was one of them.
        var isHoldable = false

        init(client: Int32, server: Int32, calls: any HoldableCalls) {
            self.client = client
            self.server = server
            self.calls = calls
        }
    }

    let port: Int
    private let target: Int
    private let calls: any HoldableCalls
    private let listener: Int32
    private let condition = NSCondition()
    private var holding: What?
    /// How many more are held; the rest pass.
    private var holdAtMost = 0
    private var heldCount = 0
    private var answeredCount = 0
    private var isStopped = false
    /// The calls that are held, by their numbers, and what stands before each.
    private var heldCalls: [Int: String] = [:]
    private var lastNumber = 0
    /// The number of a held call that may pass.
    private var passing: Set<Int> = []
    /// Counts releases: who waits goes on at the next.
    private var release = 0
    /// Whether what is released is dropped, with its connection.
    private var isCutting = false

    /// `calls`: which calls of a connection, and which answers, may be held; the rest passes.
    init(to target: Int, holding calls: any HoldableCalls) throws {
        self.target = target
        self.calls = calls
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = Self.loopback(0)
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, size) }
        }
        guard bound == 0, listen(listener, 64) == 0 else { throw Failed("the proxy can't listen") }
        port = Self.port(of: listener)
        self.listener = listener
        Thread.detachNewThread { [weak self] in
            // Closed by who accepts on it: its number would soon be another's socket, whose connections went to this thread.
            defer { close(listener) }
            while true {
                let client = accept(listener, nil, nil)
                _ = fcntl(client, F_SETFD, FD_CLOEXEC)
                guard client >= 0 else { return }
                guard let self else {
                    close(client)
                    return
                }
                self.link(client)
            }
        }
    }

    /// From now on up to `count` calls or answers are held.
    func hold(_ what: What, atMost count: Int = .max) {
        condition.withLock {
            holding = what
            holdAtMost = count
            heldCount = 0
            answeredCount = 0
        }
    }

    /// Lets what is held go on its way, and holds its answers, and those that follow.
    func holdAnswersInstead() {
        condition.withLock {
            holding = .answers
            isCutting = false
            release += 1
            condition.broadcast()
        }
    }

    /// What stands before each call that is held, by their numbers.
    var callsHeld: [Int: String] { condition.withLock { heldCalls } }

    /// Lets the call of this number pass, if it is still held.
    func passCall(_ number: Int) {
        condition.withLock {
            guard heldCalls[number] != nil else { return }
            passing.insert(number)
            condition.broadcast()
        }
    }

    /// Holds no more; what was held goes on its way.
    func letGo() { endHold(cutting: false) }

    /// Holds no more; what was held is never delivered, and its connections end.
    func cut() { endHold(cutting: true) }

    private func endHold(cutting: Bool) {
        condition.withLock {
            holding = nil
            isCutting = cutting
            release += 1
            condition.broadcast()
        }
    }

    /// What is, or was, held since `hold`.
    var held: Int { condition.withLock { heldCount } }
    /// Answers that were passed on since `hold`.
    var answered: Int { condition.withLock { answeredCount } }

    func stop() {
        letGo()
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private static func loopback(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }

    private static func port(of socket: Int32) -> Int {
        var address = loopback(0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket, $0, &size) }
        }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    private func link(_ client: Int32) {
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = Self.loopback(target)
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else {
            close(client)
            close(server)
            return
        }
        let link = Link(client: client, server: server, calls: calls)
        let threads = Mutex(2)
        for isRequest in [true, false] {
            Thread.detachNewThread { [self, link] in
                pump(link, isRequest: isRequest)
                // Both ends learn of it; the second thread closes.
                shutdown(client, Int32(SHUT_RDWR))
                shutdown(server, Int32(SHUT_RDWR))
                let isLast = threads.withLock { count in
                    count -= 1
                    return count == 0
                }
                if isLast {
                    close(client)
                    close(server)
                }
            }
        }
    }

    private func pump(_ link: Link, isRequest: Bool) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(isRequest ? link.client : link.server, &buffer, buffer.count)
            guard count > 0 else { return }
            if isRequest {
                let isHoldable = condition.withLock {
                    let isHoldable = link.calls.include(buffer[..<count])
                    if isHoldable { link.isHoldable = true }
                    return isHoldable
                }
                if isHoldable, !wait(.calls, link) { return }
            } else if condition.withLock({ link.isHoldable }) {
                guard wait(.answers, link) else { return }
                condition.withLock {
                    link.isHoldable = false
                    answeredCount += 1
                }
            }
            var sent = 0
            while sent < count {
                let written = buffer[sent..<count].withUnsafeBytes {
                    send(
                        isRequest ? link.server : link.client, $0.baseAddress, count - sent,
                        Int32(MSG_NOSIGNAL))
                }
                guard written > 0 else { return }
                sent += written
            }
        }
    }

    /// Whether to deliver it.
    private func wait(_ what: What, _ link: Link) -> Bool {
        condition.withLock {
            guard holding == what, heldCount < holdAtMost else { return true }
            heldCount += 1
            lastNumber += 1
            let (turn, number) = (release, lastNumber)
            if what == .calls { heldCalls[number] = link.calls.before }
            defer { heldCalls[number] = nil }
            while release == turn {
                if passing.remove(number) != nil { return true }
                condition.wait()
            }
            return !isCutting
        }
    }
}
