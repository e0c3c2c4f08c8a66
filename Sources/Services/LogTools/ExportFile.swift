import Foundation

/// A file of `events export`, as somebody named it.
package struct ExportFile: Sendable {
    /// It can be read more than once.
    let path: String
    /// For messages.
    package let name: String
    /// Whether its end may be missing, or count other records than there are. Of a line that is cut off nothing is taken.
    let mayBePart: Bool

    /// What is read once and gone, such as a pipe, or standard input, `-`, is written into a file first, which has no name
    /// any more by then, so that it goes with the process.
    package static func with<Value>(
        _ path: String, mayBePart: Bool, _ body: (ExportFile) async throws -> Value
    ) async throws -> Value {
        let name = path == "-" ? "standard input" : path
        guard path == "-" || isReadOnce(path) else {
            return try await body(ExportFile(path: path, name: name, mayBePart: mayBePart))
        }
        let input = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
        guard input >= 0 else { throw ToolError("\(name) can't be read: \(String(cString: strerror(errno)))") }
        defer { close(input) }
        let copy = try copied(input, name)
        defer { close(copy) }
        return try await body(ExportFile(path: "/dev/fd/\(copy)", name: name, mayBePart: mayBePart))
    }

    private static func isReadOnce(_ path: String) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0 else { return false }
        return [S_IFIFO, S_IFCHR, S_IFSOCK].contains(status.st_mode & S_IFMT)
    }

    /// A file with all that there is to read.
    private static func copied(_ input: Int32, _ name: String) throws -> Int32 {
        let place = FileManager.default.temporaryDirectory.appending(path: "orderlog-\(UUID().uuidString)").path
        let copy = open(place, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard copy >= 0 else { throw failure("\(place), where \(name) is kept, can't be written") }
        unlink(place)
        do {
            try copyAll(from: input, name, to: copy, place)
        } catch {
            close(copy)
            throw error
        }
        return copy
    }

    private static func copyAll(from input: Int32, _ name: String, to copy: Int32, _ place: String) throws {
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = read(input, &buffer, buffer.count)
            if count == 0 { return }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw failure("\(name) can't be read")
            }
            guard buffer.withUnsafeBytes({ writeAll(UnsafeRawBufferPointer(rebasing: $0[..<count]), to: copy) }) else {
                throw failure("\(place), where \(name) is kept, can't be written")
            }
        }
    }

    private static func failure(_ what: String) -> ToolError {
        ToolError("\(what): \(String(cString: strerror(errno)))")
    }
}
