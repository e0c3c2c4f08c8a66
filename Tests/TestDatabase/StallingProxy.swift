import Foundation
import Synchronization

/// Stands before a server, and on demand goes on accepting what its clients send and passes nothing on: a network that drops
/// everything without a word.
///
/// `@unchecked Sendable`: what changes is behind `condition`; each connection has threads of its own.
package final class StallingProxy: @unchecked Sendable {
    package let port: Int
    private let target: Int
    private let listener: Int32
    private let condition = NSCondition()
    private var isStalled = false
    private var isStopped = false

    /// `target`: a port on 127.0.0.1.
    package init(to target: Int) throws {
        self.target = target
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = Self.loopback(0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, size) | listen(listener, 64) | getsockname(listener, address, &size)
            }
        }
        guard code == 0 else { throw POSIXError(.EADDRINUSE) }
        port = Int(UInt16(bigEndian: address.sin_port))
        self.listener = listener
        Thread.detachNewThread { [self] in
            // Closed by who accepts on it: its number would soon be another's socket, whose connections went to this thread.
            defer { close(listener) }
            while true {
                let client = accept(listener, nil, nil)
                _ = fcntl(client, F_SETFD, FD_CLOEXEC)
                guard client >= 0 else { return }
                Thread.detachNewThread { [self] in link(client) }
            }
        }
    }

    /// Nothing passes any more, in either direction, also of new connections.
    package func stall() { condition.withLock { isStalled = true } }

    /// What waits goes on its way.
    package func pass() {
        condition.withLock {
            isStalled = false
            condition.broadcast()
        }
    }

    package func stop() {
        condition.withLock {
            (isStalled, isStopped) = (false, true)
            condition.broadcast()
        }
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private func link(_ client: Int32) {
        // The server does not learn of a connection that comes while nothing passes.
        guard waitToPass() else {
            _ = close(client)
            return
        }
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = Self.loopback(target)
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        let ends = Mutex(connected == 0 ? 2 : 1)
        let end = { @Sendable in
            shutdown(client, Int32(SHUT_RDWR))
            shutdown(server, Int32(SHUT_RDWR))
            let isLast = ends.withLock { ends in
                ends -= 1
                return ends == 0
            }
            guard isLast else { return }
            close(client)
            close(server)
        }
        guard connected == 0 else { return end() }
        Thread.detachNewThread { [self] in
            pump(from: server, to: client)
            end()
        }
        pump(from: client, to: server)
        end()
    }

    private func pump(from source: Int32, to destination: Int32) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(source, &buffer, buffer.count)
            guard count > 0, waitToPass() else { return }
            var sent = 0
            while sent < count {
                let written = buffer[sent..<count].withUnsafeBytes {
                    send(destination, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard written > 0 else { return }
                sent += written
            }
        }
    }

    /// False: it is over.
    private func waitToPass() -> Bool {
        condition.withLock {
            while isStalled { condition.wait() }
            return !isStopped
        }
    }

    private static func loopback(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }
}
