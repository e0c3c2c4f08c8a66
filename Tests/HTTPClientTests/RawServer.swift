import Synchronization
import Testing

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A server on a socket of its own that does to a connection what its script says, on one thread for each connection. It
/// stops when it is dropped; whatever a script waits for ends then, or after 20 s.
final class RawServer: Sendable {
    struct Request: Sendable {
        var method: String
        var target: String
        var headers: [(name: String, value: String)]
        var body: [UInt8] = []

        func header(_ name: String) -> String? {
            headers.first { $0.name.lowercased() == name.lowercased() }?.value
        }
    }

    struct State {
        var requests: [Request] = []
        var connections = 0
        var open = 0
        var mostOpen = 0
        var isStopping = false
    }

    /// What the threads share with the server; they do not keep the server itself.
    final class Shared: Sendable {
        let state = Mutex(State())
    }

    let shared = Shared()
    let port: UInt16
    private let listener: Int32

    /// `script` is called with each connection and its number, from 0 on; the connection is closed when it returns.
    init(backlog: Int32 = 128, _ script: @escaping @Sendable (RawConnection, Int) -> Void) throws {
        (listener, port) = try listeningSocket(backlog: backlog)
        let (listener, shared) = (listener, shared)
        startThread {
            while !shared.state.withLock({ $0.isStopping }) {
                guard waitFor(listener, POLLIN, milliseconds: 20) else { continue }
                let descriptor = accept(listener, nil, nil)
                _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
                guard descriptor >= 0 else { continue }
                let number = shared.state.withLock { state in
                    state.connections += 1
                    state.open += 1
                    state.mostOpen = max(state.mostOpen, state.open)
                    return state.connections - 1
                }
                startThread {
                    let connection = RawConnection(descriptor, shared)
                    script(connection, number)
                    connection.close()
                    shared.state.withLock { $0.open -= 1 }
                }
            }
            close(listener)
        }
    }

    deinit { shared.state.withLock { $0.isStopping = true } }

    func url(_ path: String = "/") -> String { "http://127.0.0.1:\(port)\(path)" }
    var requests: [Request] { shared.state.withLock { $0.requests } }
    var connections: Int { shared.state.withLock { $0.connections } }
    var openConnections: Int { shared.state.withLock { $0.open } }
    var mostOpen: Int { shared.state.withLock { $0.mostOpen } }

    /// Answers every request with its own body.
    static func echo() throws -> RawServer {
        try RawServer { connection, _ in
            while let request = connection.readRequest() { connection.respond(body: request.body) }
        }
    }
}

/// A loopback socket that is bound to a free port, and listens unless `backlog` is nil.
func listeningSocket(backlog: Int32?) throws -> (descriptor: Int32, port: UInt16) {
    #if canImport(Darwin)
        let descriptor = socket(AF_INET, SOCK_STREAM, 0)
    #else
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    #endif
    try #require(descriptor >= 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
            bind(descriptor, pointer, length) | getsockname(descriptor, pointer, &length)
        }
    }
    try #require(status == 0)
    if let backlog { try #require(listen(descriptor, backlog) == 0) }
    return (descriptor, UInt16(bigEndian: address.sin_port))
}

func waitFor(_ descriptor: Int32, _ events: Int32, milliseconds: Int32) -> Bool {
    var state = pollfd(fd: descriptor, events: Int16(events), revents: 0)
    return poll(&state, 1, milliseconds) > 0
}

private final class ThreadBody: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

func startThread(_ body: @escaping @Sendable () -> Void) {
    #if canImport(Darwin)
        var thread: pthread_t?
    #else
        var thread = pthread_t()
    #endif
    func main(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        pthread_detach(pthread_self())
        // Writing to a closed connection is an error here, no signal.
        var signals = sigset_t()
        sigfillset(&signals)
        pthread_sigmask(SIG_SETMASK, &signals, nil)
        if let argument { Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().body() }
        return nil
    }
    let status = pthread_create(&thread, nil, { main($0) }, Unmanaged.passRetained(ThreadBody(body)).toOpaque())
    precondition(status == 0, "no thread for a test: error \(status)")
}
