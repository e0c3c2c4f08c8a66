import Glibc
import HTTPServer

/// What a caller of an inside door has to show where everybody on the machine can connect to it.
struct DoorToken: Sendable {
    /// 256 bits of the system's random numbers, in hexadecimal digits.
    let text: String

    init() {
        var random = SystemRandomNumberGenerator()
        let digits = Array("0123456789abcdef")
        text = String((0..<64).map { _ in digits[Int.random(in: 0..<16, using: &random)] })
    }

    /// Looks at every byte, so that the time tells nobody how many were right.
    func isShown(by request: HTTPRequest) -> Bool {
        let expected = Array("Bearer \(text)".utf8)
        let shown = Array((request.headers["authorization"] ?? "").utf8)
        guard shown.count == expected.count else { return false }
        return zip(shown, expected).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// A file for this user alone, in the form that `curl -K FILE` reads.
    func write(to path: String, address: ServiceAddress) throws {
        let content = """
            # curl -K \(path) \(address)/metrics
            header = "Authorization: Bearer \(text)"

            """
        unlink(path)
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw HTTPServerError.system(operation: "writing \(path)", code: errno) }
        defer { close(file) }
        let bytes = Array(content.utf8)
        guard Glibc.write(file, bytes, bytes.count) == bytes.count else {
            throw HTTPServerError.system(operation: "writing \(path)", code: errno)
        }
    }
}
