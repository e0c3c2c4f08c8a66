import Glibc

/// A client that says exactly what a test wants said.
final class Wire {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    struct Reply {
        let status: Int
        let headers: [(name: String, value: String)]
        var body: [UInt8] = []

        var text: String { String(decoding: body, as: UTF8.self) }

        subscript(name: String) -> String? { headers.first { $0.name.lowercased() == name }?.value }
    }

    let socket: Int32
    private var buffer: [UInt8] = []
    private var isOpen = true

    /// `source`: an address of this machine (all of 127.0.0.0/8 are) to connect from.
    init(_ port: Int, host: String = "127.0.0.1", source: String? = nil, receiveBuffer: Int32? = nil) throws {
        let isIPv6 = host.contains(":")
        socket = Glibc.socket(isIPv6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        if var size = receiveBuffer {
            setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var one: Int32 = 1
        setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        if let source {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            inet_pton(AF_INET, source, &address.sin_addr)
            withUnsafeMutablePointer(to: &address) { address in
                address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    _ = Glibc.bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        }
        let network = in_port_t(port).bigEndian
        let result: Int32
        if isIPv6 {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = network
            inet_pton(AF_INET6, host, &address.sin6_addr)
            result = Self.connect(socket, &address)
        } else {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = network
            inet_pton(AF_INET, host, &address.sin_addr)
            result = Self.connect(socket, &address)
        }
        guard result == 0 else { throw Failure(description: "connect: \(String(cString: strerror(errno)))") }
    }

    deinit { close() }

    private static func connect<Address>(_ socket: Int32, _ address: inout Address) -> Int32 {
        withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(socket, $0, socklen_t(MemoryLayout<Address>.size))
            }
        }
    }

    // MARK: Sending

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { throw Failure(description: "send: \(String(cString: strerror(errno)))") }
            rest = rest.dropFirst(count)
        }
    }

    /// Sends what can be sent; a server that has had enough may have closed.
    func trySend(_ bytes: [UInt8]) {
        do { try send(bytes) } catch {}
    }

    func get(_ target: String, _ headers: String = "") throws {
        try send("GET \(target) HTTP/1.1\r\nHost: test\r\n\(headers)\r\n")
    }

    func finishSending() { shutdown(socket, Int32(SHUT_WR)) }

    func close() {
        if isOpen { Glibc.close(socket) }
        isOpen = false
    }

    /// Leaves with a reset.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(socket, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
        close()
    }

    // MARK: Receiving

    /// The next response; one to HEAD, or a 1xx or 204, has no body.
    func reply(toHead: Bool = false, within seconds: Double = 20) throws -> Reply {
        let deadline = Self.now + seconds
        while true {
            if let end = buffer.firstRange(of: Array("\r\n\r\n".utf8)) {
                var reply = Self.head(buffer[..<end.lowerBound])
                buffer.removeSubrange(..<end.upperBound)
                if toHead || reply.status < 200 || reply.status == 204 { return reply }
                let length = reply["content-length"].flatMap { Int($0) } ?? 0
                while buffer.count < length { try fill(deadline) }
                reply.body = Array(buffer[..<length])
                buffer.removeSubrange(..<length)
                return reply
            }
            try fill(deadline)
        }
    }

    /// Waits for the server to end the connection, in whichever way.
    ///
    /// - Returns: what it sent before
    @discardableResult
    func untilClosed(within seconds: Double = 20) throws -> [UInt8] {
        let deadline = Self.now + seconds
        while true {
            do {
                try fill(deadline)
            } catch is Closed {
                defer { buffer = [] }
                return buffer
            }
        }
    }

    /// Whether so many bytes come before the server ends the connection.
    func untilReceived(_ count: Int, within seconds: Double = 20) throws -> Bool {
        let deadline = Self.now + seconds
        do {
            while buffer.count < count { try fill(deadline) }
            return true
        } catch is Closed {
            return false
        }
    }

    private struct Closed: Error {}

    private func fill(_ deadline: Double) throws {
        var descriptor = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        let left = deadline - Self.now
        guard left > 0, poll(&descriptor, 1, Int32(left * 1_000) + 1) > 0 else {
            throw Failure(description: "nothing came in time; so far: \(String(decoding: buffer, as: UTF8.self))")
        }
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = recv(socket, &chunk, chunk.count, 0)
        guard count > 0 else { throw Closed() }
        buffer += chunk[..<count]
    }

    private static func head(_ bytes: ArraySlice<UInt8>) -> Reply {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n").map(String.init)
        let headers = lines.dropFirst().map { line in
            let colon = line.firstIndex(of: ":") ?? line.endIndex
            return (name: String(line[..<colon]), value: String(line[colon...].dropFirst(2)))
        }
        return Reply(status: Int(lines.first?.split(separator: " ").dropFirst().first ?? "") ?? 0, headers: headers)
    }

    static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
