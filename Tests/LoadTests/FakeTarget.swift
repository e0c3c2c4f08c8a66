import Glibc
import Synchronization

/// A target whose answers the test says. A thread for each connection; it stops when it is dropped.
final class FakeTarget: Sendable {
    struct Request: Sendable {
        /// From 0 on, over all connections.
        var number: Int
        var key: String?
        var body: String
    }

    enum Reply: Sendable {
        /// 201 with this order, after so many milliseconds in which the connection stands still.
        case order(Int, after: UInt32 = 0)
        case problem(Int, type: String)
        /// No answer; the connection stays.
        case silence
        case hangUp
        case nonsense
    }

    private struct State {
        var requests: [Request] = []
        var sockets: [Int32] = []
        var isStopped = false
    }
    private final class Shared: Sendable { let state = Mutex(State()) }

    private let shared = Shared()
    private let listener: Int32
    let port: Int

    var requests: [Request] { shared.state.withLock(\.requests) }
    var url: String { "http://127.0.0.1:\(port)" }

    init(_ answer: @escaping @Sendable (Request) -> Reply) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, 64) == 0 && getsockname(listener, $0, &size) == 0
            }
        }
        guard isBound else { throw NoSocket() }
        self.listener = listener
        port = Int(UInt16(bigEndian: address.sin_port))
        let shared = shared
        Self.thread {
            // Closed by who accepts on it: its number would soon be another target's, whose connections went to this thread.
            defer { close(listener) }
            while true {
                let client = accept(listener, nil, nil)
                _ = fcntl(client, F_SETFD, FD_CLOEXEC)
                guard client >= 0 else { return }
                let isStopped = shared.state.withLock { state in
                    state.sockets.append(client)
                    return state.isStopped
                }
                guard !isStopped else {
                    close(client)
                    return
                }
                Self.thread { Self.serve(client, shared, answer) }
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        shared.state.withLock { state in
            state.isStopped = true
            for socket in state.sockets { shutdown(socket, Int32(SHUT_RDWR)) }
        }
    }

    struct NoSocket: Error {}

    private static func serve(_ socket: Int32, _ shared: Shared, _ answer: (Request) -> Reply) {
        var received: [UInt8] = []
        while let request = next(socket, &received, shared) {
            switch answer(request) {
            case .order(let number, let milliseconds):
                if milliseconds > 0 { usleep(milliseconds * 1_000) }
                let digits = "\(number)"
                let id = "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits
                reply(socket, "201 Created", #"{"order_id":"\#(id)"}"#)
            case .problem(let status, let type): reply(socket, "\(status) No", #"{"type":"\#(type)"}"#)
            case .silence: break
            case .hangUp:
                shutdown(socket, Int32(SHUT_RDWR))
                return
            case .nonsense: write(socket, "what do you mean?\r\n\r\n", 21)
            }
        }
    }

    private static func reply(_ socket: Int32, _ status: String, _ body: String) {
        let text = "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        _ = send(socket, text, text.utf8.count, Int32(MSG_NOSIGNAL))
    }

    /// nil: the connection has ended.
    private static func next(_ socket: Int32, _ received: inout [UInt8], _ shared: Shared) -> Request? {
        var piece = [UInt8](repeating: 0, count: 4_096)
        while true {
            let text = String(decoding: received, as: UTF8.self)
            if let head = text.firstRange(of: "\r\n\r\n") {
                let lines = text[..<head.lowerBound].split(separator: "\r\n")
                func value(_ name: String) -> String? {
                    lines.first { $0.hasPrefix("\(name): ") }.map { String($0.dropFirst(name.count + 2)) }
                }
                let body = text[head.upperBound...]
                let length = value("Content-Length").flatMap { Int($0) } ?? 0
                if body.utf8.count >= length {
                    received.removeFirst(text[..<head.upperBound].utf8.count + length)
                    return shared.state.withLock { state in
                        let request = Request(
                            number: state.requests.count, key: value("Idempotency-Key"),
                            body: String(body.prefix(length)))
                        state.requests.append(request)
                        return request
                    }
                }
            }
            let count = recv(socket, &piece, piece.count, 0)
            guard count > 0 else { return nil }
            received += piece[..<count]
        }
    }

    private static func thread(_ body: @escaping @Sendable () -> Void) {
        final class Box: Sendable {
            let body: @Sendable () -> Void
            init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        }
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body() }
                return nil
            }, Unmanaged.passRetained(Box(body)).toOpaque())
        pthread_detach(thread)
    }
}
