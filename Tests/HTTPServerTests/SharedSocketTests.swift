import Foundation
import HTTPServer
import Testing

/// A connection whose socket somebody else has, too, as a child does between its fork and its exec: the kernel goes on with it
/// when the server has closed its own descriptor.
@Suite struct SharedSocketTests {
    @Test func aConnectionThatTheServerClosedIsHeardOfNoMore() async throws {
        try await TestServer.run({ $0.loops = 1 }) { server in
            let wires = try (0..<50).map { _ in try Wire(server.port) }
            var held: [Int32] = []
            defer { for descriptor in held { close(descriptor) } }
            for wire in wires {
                // An answer says that the server has accepted it.
                try wire.get("/hello")
                #expect(try wire.reply().status == 200)
                held.append(dup(try #require(Self.descriptor(on: server.port, of: wire))))
            }
            for wire in wires { wire.finishSending() }
            try eventuallyBlocking("they are closed") { server.server.openConnections == 0 }
            let watched = try Self.watchedInodes()
            #expect(held.allSatisfy { $0 >= 0 && !watched.contains(Self.inode(of: $0)) })

            for wire in wires { wire.reset() }
            let other = try Wire(server.port)
            for _ in 0..<10 {
                try other.get("/later")
                #expect(try other.reply().status == 200)
            }
            other.close()
        }
    }

    /// The server's end of a client's connection, which is in this process, too.
    private static func descriptor(on port: Int, of wire: Wire) -> Int32? {
        let client = Self.port(of: wire.socket, getsockname)
        return (0..<4_096).first {
            Self.port(of: $0, getpeername) == client && Self.port(of: $0, getsockname) == UInt16(port)
        }
    }

    private static func port(
        of descriptor: Int32,
        _ ask: (Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
    ) -> UInt16? {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { ask(descriptor, $0, &length) }
        }
        return result == 0 && address.sin_family == AF_INET ? UInt16(bigEndian: address.sin_port) : nil
    }

    private static func inode(of descriptor: Int32) -> UInt64 {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? UInt64(status.st_ino) : 0
    }

    /// What all epoll descriptors of this process watch (proc(5), fdinfo: `tfd: 9 events: 19 data: 1 pos:0 ino:61af sdev:7`).
    private static func watchedInodes() throws -> Set<UInt64> {
        let folder = "/proc/self/fdinfo"
        var inodes: Set<UInt64> = []
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
            // Other tests close theirs meanwhile.
            guard let text = try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8) else { continue }
            for line in text.split(separator: "\n") where line.hasPrefix("tfd:") {
                let word = line.split(separator: " ").first { $0.hasPrefix("ino:") }
                if let word, let inode = UInt64(word.dropFirst("ino:".count), radix: 16) { inodes.insert(inode) }
            }
        }
        return inodes
    }
}
