import Glibc
import HTTPServer

/// The file that tells the token of a door that stands in for a socket.
enum DoorFile {
    /// A file for this user alone, in the form that `curl -K FILE` reads.
    static func write(_ token: String, to path: String, address: ServiceAddress) throws(HTTPServerError) {
        let content = """
            # curl -K \(path) \(address)/metrics
            header = "Authorization: Bearer \(token)"

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
