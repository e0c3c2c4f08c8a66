import Foundation
import Glibc
import TestProcess

/// A request byte for byte, as no client would write it.
enum RawRequest {
    /// What comes back until the server closes, or has said nothing for so long (ms). Several requests may be in one text.
    static func send(_ text: String, to port: Int, silence: Int32 = 30_000) async throws -> String {
        try await send(Array(text.utf8), to: port, silence: silence)
    }

    static func send(_ bytes: [UInt8], to port: Int, silence: Int32 = 30_000) async throws -> String {
        try await onAThread { try exchange(bytes, with: port, silence) }
    }

    private static func exchange(_ bytes: [UInt8], with port: Int, _ silence: Int32) throws -> String {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        inet_pton(AF_INET, "127.0.0.1", &address.sin_addr)
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Failed("connect: \(String(cString: strerror(errno)))") }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            // A server that has seen enough may have closed.
            guard count > 0 else { break }
            rest = rest.dropFirst(count)
        }
        var answer: [UInt8] = []
        var room = [UInt8](repeating: 0, count: 65_536)
        var waited = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        while poll(&waited, 1, silence) == 1 {
            let count = recv(socket, &room, room.count, 0)
            guard count > 0 else { break }
            answer += room[..<count]
        }
        return String(decoding: answer, as: UTF8.self)
    }

    /// The statuses of the answers, in order. No body of ours has a line that begins so.
    static func statuses(_ answer: String) -> [Int] {
        answer.components(separatedBy: "HTTP/1.1 ").dropFirst().compactMap { Int($0.prefix(3)) }
    }

    /// One request on a connection that ends with it.
    static func request(
        _ method: String, _ target: String, host: String = "localhost", _ fields: [String] = [], body: String = ""
    ) -> String {
        let lines = ["\(method) \(target) HTTP/1.1", "Host: \(host)"] + fields + ["Connection: close"]
        let length = body.isEmpty && method == "GET" ? [] : ["Content-Length: \(body.utf8.count)"]
        return (lines + length).joined(separator: "\r\n") + "\r\n\r\n" + body
    }
}
