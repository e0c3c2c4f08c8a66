import CLinux
import Glibc

/// Where orders are placed.
package struct Target: Sendable {
    /// As it stands in `Host`: with the port, if one was given.
    package let authority: String
    package let host: String
    package let port: Int
    /// Without a slash at its end; empty for the root.
    package let base: String
    /// Of `POST`.
    package var path: String { base + "/orders" }
    package var url: String { "http://\(authority)\(base)" }

    /// `http://HOST[:PORT][/PATH]`; nil: it is none.
    package init?(_ text: String) {
        guard text.hasPrefix("http://") else { return nil }
        let rest = text.dropFirst("http://".count)
        let authority = rest.prefix { $0 != "/" }
        var base = String(rest.dropFirst(authority.count))
        while base.hasSuffix("/") { base.removeLast() }
        guard !authority.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            !authority.contains(where: { "@?#".contains($0) }), !base.contains(where: { "?#".contains($0) })
        else { return nil }
        self.authority = String(authority)
        self.base = base
        // [::1]:8080, 127.0.0.1:8080, shop.example
        let isBracketed = authority.hasPrefix("[")
        let hostEnd = isBracketed ? authority.firstIndex(of: "]") : authority.firstIndex(of: ":") ?? authority.endIndex
        guard let hostEnd else { return nil }
        let afterHost = isBracketed ? authority[hostEnd...].dropFirst() : authority[hostEnd...]
        host = String(isBracketed ? authority[..<hostEnd].dropFirst() : authority[..<hostEnd])
        if afterHost.isEmpty {
            port = 80
        } else {
            guard afterHost.hasPrefix(":"), let number = Int(afterHost.dropFirst()), (1...65_535).contains(number)
            else { return nil }
            port = number
        }
        guard !host.isEmpty else { return nil }
    }

    /// Where somebody answers: of the addresses that the host's name has, the first. Blocks, for `milliseconds` at most for
    /// each, beside the system's resolver.
    func reach(within milliseconds: Int32) throws(LoadFailure) -> Address {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, String(port), &hints, &found)
        guard code == 0 else { throw LoadFailure("\(host) is not known: \(String(cString: gai_strerror(code)))") }
        defer { freeaddrinfo(found) }
        var complaint = "it has no address"
        var next = found
        while let entry = next {
            next = entry.pointee.ai_next
            guard let bytes = entry.pointee.ai_addr else { continue }
            let address = Address(
                family: entry.pointee.ai_family,
                bytes: Array(UnsafeRawBufferPointer(start: bytes, count: Int(entry.pointee.ai_addrlen))))
            guard let reason = address.complaint(within: milliseconds) else { return address }
            complaint = reason
        }
        throw LoadFailure("nobody answers at \(url): \(complaint)")
    }
}

/// A socket's address, as the system has it.
struct Address: Sendable {
    var family: Int32
    var bytes: [UInt8]

    /// A socket that does not block and is on its way to be connected; nil, with `errno`: it can't be.
    func connecting() -> Int32? {
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue) | O_NONBLOCK | O_CLOEXEC, 0)
        guard descriptor >= 0 else { return nil }
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        let result = bytes.withUnsafeBytes { raw in
            raw.baseAddress.map {
                connect(descriptor, $0.assumingMemoryBound(to: sockaddr.self), socklen_t(raw.count))
            } ?? -1
        }
        if result == 0 || errno == EINPROGRESS { return descriptor }
        let code = errno
        close(descriptor)
        errno = code
        return nil
    }

    /// Connects once and lets go. Blocks, at most for `milliseconds`. nil: somebody is there, else the system's reason.
    func complaint(within milliseconds: Int32) -> String? {
        guard let descriptor = connecting() else { return String(cString: strerror(errno)) }
        defer { close(descriptor) }
        var watched = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&watched, 1, milliseconds) == 1 else { return "no answer" }
        let code = Self.error(of: descriptor)
        return code == 0 ? nil : String(cString: strerror(code))
    }

    /// What became of a socket's connecting: 0 or a code.
    static func error(of descriptor: Int32) -> Int32 {
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
        return code
    }
}
