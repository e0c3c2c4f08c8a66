import Foundation
import Synchronization

/// Loopback ports that nobody listens on, below the range from which the system serves outgoing connections, so that
/// none of those takes one before its server binds it, or while a server that a test has killed is away. Each is given
/// to one test of this run.
package enum FreePorts {
    private static let range: Range<UInt16> = 15_000..<32_000
    /// The one that is looked at next; the start is random, for the sake of another run beside this one.
    private static let next = Mutex(UInt16.random(in: range))

    package static func take(_ count: Int) throws -> [UInt16] {
        try next.withLock { next in
            var ports: [UInt16] = []
            for _ in range where ports.count < count {
                if isFree(next) { ports.append(next) }
                next = next + 1 < range.upperBound ? next + 1 : range.lowerBound
            }
            guard ports.count == count else { throw TestBrokerError("no free port on 127.0.0.1") }
            return ports
        }
    }

    private static func isFree(_ port: UInt16) -> Bool {
        #if canImport(Glibc)
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        #else
            let descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
