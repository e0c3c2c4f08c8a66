import CLinux
import Glibc

/// A listening socket.
struct Listener {
    let descriptor: Int32
    /// 0 for a Unix socket.
    let port: Int

    init(_ configuration: HTTPServerConfiguration) throws(HTTPServerError) {
        if let path = configuration.unixSocket {
            try self.init(unixSocket: path)
        } else {
            try self.init(host: configuration.host, port: configuration.port)
        }
    }

    private init(host: String, port: Int) throws(HTTPServerError) {
        var hints = addrinfo()
        hints.ai_flags = Int32(AI_PASSIVE | AI_NUMERICSERV)
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard (0...65_535).contains(port), getaddrinfo(host, String(port), &hints, &found) == 0, let address = found
        else { throw .addressNotAvailable(host: host) }
        defer { freeaddrinfo(found) }

        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(address.pointee.ai_family, type, 0)
        guard descriptor >= 0 else { throw .system(operation: "making a socket", code: errno) }
        do throws(HTTPServerError) {
            Self.set(SO_REUSEADDR, 1, at: SOL_SOCKET, of: descriptor)
            if address.pointee.ai_family == AF_INET6 {
                Self.set(IPV6_V6ONLY, 0, at: Int32(IPPROTO_IPV6), of: descriptor)
            }
            guard bind(descriptor, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0,
                listen(descriptor, SOMAXCONN) == 0
            else { throw Self.error(errno, host: host, port: port) }
            self.port = try Self.boundPort(of: descriptor)
            self.descriptor = descriptor
        } catch {
            close(descriptor)
            throw error
        }
    }

    private init(unixSocket path: String) throws(HTTPServerError) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        // One byte is the zero at its end: 107 are the path's.
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path), !path.utf8.contains(0) else {
            throw .unixSocket(path: path, code: ENAMETOOLONG)
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_UNIX, type, 0)
        // Some sandboxes know the internet alone.
        guard descriptor >= 0 else { throw .unixSocket(path: path, code: errno) }
        var status = stat()
        if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK { unlink(path) }
        // Linux gives the file the mode that the socket has when it is bound, less the umask: there is no moment in which
        // others could connect, and the umask, which all threads share, stays as it is.
        fchmod(descriptor, 0o600)
        let isBound = withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        guard isBound, listen(descriptor, SOMAXCONN) == 0 else {
            let code = errno
            close(descriptor)
            throw .unixSocket(path: path, code: code)
        }
        self.descriptor = descriptor
        port = 0
    }

    private static func set(_ option: Int32, _ value: Int32, at level: Int32, of descriptor: Int32) {
        var value = value
        setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    private static func error(_ code: Int32, host: String, port: Int) -> HTTPServerError {
        switch code {
        case EADDRINUSE: .addressInUse(host: host, port: port)
        case EADDRNOTAVAIL: .addressNotAvailable(host: host)
        case EACCES: .permissionDenied(port: port)
        default: .system(operation: "listening on \(host) port \(port)", code: code)
        }
    }

    private static func boundPort(of descriptor: Int32) throws(HTTPServerError) -> Int {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let code = withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        guard code == 0 else { throw .system(operation: "getsockname", code: errno) }
        // The port is at the same place in an IPv4 and an IPv6 address.
        return withUnsafeBytes(of: address) { Int($0[2]) << 8 | Int($0[3]) }
    }
}
