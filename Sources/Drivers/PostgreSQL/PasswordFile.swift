#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// A file that holds a password on its first line, as container platforms hand secrets over.
enum PasswordFile {
    private static let limit = 4_096

    static func read(_ path: String) throws(PostgreSQLError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw PostgreSQLError(
                .unavailable, "the password file \(path) can't be read: \(String(cString: strerror(errno)))")
        }
        defer { _ = close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: limit)
        let count = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
        let line = bytes.prefix(max(count, 0)).prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        guard !line.isEmpty else { throw PostgreSQLError(.unavailable, "the password file \(path) is empty") }
        return String(decoding: line, as: UTF8.self)
    }
}
