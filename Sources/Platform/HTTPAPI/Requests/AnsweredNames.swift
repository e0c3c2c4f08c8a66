import Glibc

/// The hosts that a service answers to, as a request's `Host` names them.
///
/// A page on any site can have its name resolve to 127.0.0.1 after it was loaded (DNS rebinding), and is then of one origin
/// with what listens there. Its requests still carry the page's name.
package enum AnsweredNames: Sendable, Hashable {
    /// All: it is reached over a network, by names that it does not know.
    case any
    /// `localhost`, 127.0.0.0/8 and ::1, and the name that it was told to listen on.
    case loopback(listeningOn: String)

    /// For a service that listens on this address or name.
    package init(listeningOn host: String) {
        self = Self.isLoopback(host) || Self.isLoopback(listeningOn: host) == true ? .loopback(listeningOn: host) : .any
    }

    /// `authority`: a name or an address, with a port or without.
    package func contains(_ authority: String) -> Bool {
        switch self {
        case .any: return true
        case .loopback(let host):
            if Self.isPlainLoopback(authority) { return true }
            let name = Authority(authority).name
            return Self.isLoopback(name) || name == host.lowercased()
        }
    }

    /// Whether a page of this origin is the service's own, where the request names `host`.
    func isOwn(origin: String, host: String) -> Bool {
        guard let scheme = ["http://", "https://"].first(where: origin.hasPrefix) else { return false }
        let port = scheme == "http://" ? 80 : 443
        let own = Authority(host, defaultPort: port)
        let theirs = Authority(String(origin.dropFirst(scheme.count)), defaultPort: port)
        if own == theirs { return true }
        // localhost and 127.0.0.1 are two origins and one service.
        return self != .any && own.port == theirs.port && contains(own.name) && contains(theirs.name)
    }

    /// As nearly all write it: `localhost` or `127.0.0.1`, with a port or without.
    private static func isPlainLoopback(_ authority: String) -> Bool {
        var authority = authority
        return authority.withUTF8 { bytes in
            let name: StaticString = bytes.first == UInt8(ascii: "l") ? "localhost" : "127.0.0.1"
            let length = name.utf8CodeUnitCount
            guard bytes.count >= length else { return false }
            for index in 0..<length where bytes[index] != name.utf8Start[index] { return false }
            guard bytes.count > length else { return true }
            guard bytes[length] == UInt8(ascii: ":") else { return false }
            for byte in bytes[(length + 1)...] where !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
                return false
            }
            return true
        }
    }

    private static func isLoopback(_ name: String) -> Bool {
        if name == "localhost" || name == "localhost." { return true }
        var four = in_addr()
        if inet_pton(AF_INET, name, &four) == 1 { return withUnsafeBytes(of: four) { $0[0] == 127 } }
        var six = in6_addr()
        guard name.hasPrefix("["), name.hasSuffix("]"),
            inet_pton(AF_INET6, String(name.dropFirst().dropLast()), &six) == 1
        else { return false }
        return isLoopback(six)
    }

    /// ::1, or 127.0.0.0/8 in IPv6's clothes.
    private static func isLoopback(_ address: in6_addr) -> Bool {
        withUnsafeBytes(of: address) { bytes in
            bytes.elementsEqual([UInt8](repeating: 0, count: 15) + [1])
                || bytes.prefix(13).elementsEqual([UInt8](repeating: 0, count: 10) + [0xff, 0xff, 127])
        }
    }

    /// By the address that the server will listen on: a machine's own name is often one of 127.0.0.0/8. nil for a name that has no
    /// address.
    package static func isLoopback(listeningOn host: String) -> Bool? {
        var hints = addrinfo()
        hints.ai_flags = Int32(AI_PASSIVE)
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &found) == 0, let address = found else { return nil }
        defer { freeaddrinfo(found) }
        var name = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        guard
            getnameinfo(
                address.pointee.ai_addr, address.pointee.ai_addrlen, &name, socklen_t(name.count), nil, 0,
                NI_NUMERICHOST) == 0
        else { return false }
        let text = name.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
        return isLoopback(text) || isLoopback("[\(text)]")
    }
}

/// `name:port`, `[address]:port`, or without a port; in lower case.
private struct Authority: Equatable {
    var name: String
    /// nil: none was given, nor a default; or it is no number.
    var port: Int?

    init(_ text: String, defaultPort: Int? = nil) {
        let end: String.Index
        if text.hasPrefix("["), let bracket = text.firstIndex(of: "]") {
            end = text.index(after: bracket)
        } else {
            end = text.firstIndex(of: ":") ?? text.endIndex
        }
        let rest = text[end...]
        if rest.isEmpty || rest.hasPrefix(":") {
            name = text[..<end].lowercased()
            port = rest.count > 1 ? Int(rest.dropFirst()) : defaultPort
        } else {
            // Nothing that could be answered to.
            name = text
        }
    }
}
