import Glibc

/// Why a server could not start; the description says what to do.
package enum HTTPServerError: Error, CustomStringConvertible, Equatable {
    case addressInUse(host: String, port: Int)
    case addressNotAvailable(host: String)
    case permissionDenied(port: Int)
    /// A Unix socket can't be there.
    case unixSocket(path: String, code: Int32)
    case alreadyStarted
    case system(operation: String, code: Int32)

    package var description: String {
        switch self {
        case .addressInUse(let host, let port):
            "port \(port) of \(host) is in use: stop the program that has it, or choose another port"
        case .addressNotAvailable(let host):
            "\(host) is not an address of this machine: use 127.0.0.1, 0.0.0.0, ::1 or an address that it has"
        case .permissionDenied(let port):
            "port \(port) needs a privilege that this user lacks: choose a port of 1024 or more"
        case .unixSocket(let path, EADDRINUSE):
            "no socket can be made at \(path), for something else has that name: look what it is, and move it away"
        case .unixSocket(let path, let code):
            "no socket can be made at \(path): \(String(cString: strerror(code)))"
        case .alreadyStarted:
            "this server was started before: make a new one"
        case .system(let operation, let code):
            "\(operation) failed: \(String(cString: strerror(code)))"
        }
    }
}
