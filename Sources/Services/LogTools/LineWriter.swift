import Foundation
import Gzip

/// Writes a file line by line, by gzip where its name ends with `.gz`; `-` is standard output.
///
/// A file appears under its name when it is complete: until then it is `FILE.partial`.
package final class LineWriter {
    private let path: String
    /// Where it is until it is complete; nil: there from the start.
    private let partialPath: String?
    private let mayReplace: Bool
    private var descriptor: Int32
    private var gzip: GzipFile?
    private var buffer: [UInt8] = []
    private static let bufferSize = 1 << 18

    /// `mayReplace`: also a file that is there; a database, or what belongs to one, never.
    package init(path: String, mayReplace: Bool = false) throws {
        self.path = path
        self.mayReplace = mayReplace
        guard path != "-" else {
            descriptor = STDOUT_FILENO
            partialPath = nil
            return
        }
        var status = stat()
        let isThere = stat(path, &status) == 0
        // A pipe or a device can't be replaced.
        guard !isThere || status.st_mode & S_IFMT == S_IFREG else {
            partialPath = nil
            descriptor = open(path, O_WRONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw Self.failure(path) }
            if path.hasSuffix(".gz") { try compress() }
            return
        }
        try Self.refuse(path, mayReplace: mayReplace)
        let partialPath = path + ".partial"
        self.partialPath = partialPath
        // What broke off is begun anew; a link would lead elsewhere.
        try Self.refuseDatabase(partialPath)
        unlink(partialPath)
        descriptor = open(partialPath, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure(partialPath) }
        if path.hasSuffix(".gz") { try compress() }
    }

    private func compress() throws {
        let place = "/dev/fd/\(descriptor)"
        gzip = try GzipFile(writing: place, named: self.place)
        close(descriptor)
        descriptor = -1
    }

    /// Throws where nothing may be written. By what the file holds, whatever it is called and by whatever link. To be
    /// asked before a log is opened, too: to look into its file here would drop SQLite's locks on it.
    package static func refuse(_ path: String, mayReplace: Bool) throws {
        guard path != "-" else { return }
        try refuseDatabase(path)
        var status = stat()
        guard !mayReplace, stat(path, &status) != 0 || status.st_mode & S_IFMT == S_IFREG,
            lstat(path, &status) == 0
        else { return }
        throw ToolError("\(path) is there already: name another file, or say --force")
    }

    private static func refuseDatabase(_ path: String) throws {
        var status = stat()
        if lstat(path, &status) == 0 {
            // By its lock, or at its door, a service is known to be the only one.
            guard status.st_mode & S_IFMT != S_IFSOCK, ![".lock", ".door"].contains(where: path.hasSuffix) else {
                throw ToolError("\(path) is a service's lock or door, and is not replaced: name another file")
            }
        }
        // Beside a database SQLite keeps what was committed last.
        let besides = ["-wal", "-shm", "-journal", ".lock"].compactMap { suffix in
            path.hasSuffix(suffix) ? String(path.dropLast(suffix.count)) : nil
        }
        for file in [path] + besides where isDatabase(file) {
            throw ToolError("\(path) is a database, or belongs to one, and is not replaced: name another file")
        }
    }

    private static func isDatabase(_ path: String) -> Bool {
        let magic = Array("SQLite format 3\0".utf8)
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, let file = fopen(path, "re") else {
            return false
        }
        defer { fclose(file) }
        var head = [UInt8](repeating: 0, count: magic.count)
        return fread(&head, 1, head.count, file) == head.count && head == magic
    }

    /// Where the lines are that were written so far.
    package var place: String { partialPath ?? (path == "-" ? "standard output" : path) }

    /// Lines that are where they belong.
    package private(set) var written = 0
    private var waiting = 0
    /// Lines that were given, whether they are there yet or not.
    package var given: Int { written + waiting }

    /// So many lines, with their ends.
    package func write(_ lines: [UInt8], count: Int) throws {
        buffer += lines
        waiting += count
        if buffer.count >= Self.bufferSize { try flush() }
    }

    package func flush() throws {
        // What can't be written is not tried again: nobody knows how much of it is there.
        defer {
            buffer.removeAll(keepingCapacity: true)
            waiting = 0
        }
        try buffer.withUnsafeBytes { bytes in
            if descriptor < 0 {
                try gzip?.write(bytes)
            } else if !writeAll(bytes, to: descriptor) {
                throw Self.failure(path)
            }
        }
        written += waiting
    }

    /// Ends the file where it is: complete, under its name, or as far as it came.
    package func end(isComplete: Bool) throws {
        try flush()
        try gzip?.close()
        gzip = nil
        if descriptor > STDERR_FILENO {
            let closed = close(descriptor)
            descriptor = -1
            guard closed == 0 else { throw Self.failure(place) }
        }
        guard isComplete, let partialPath else { return }
        // It may have come meanwhile.
        try Self.refuse(path, mayReplace: mayReplace)
        guard rename(partialPath, path) == 0 else { throw Self.failure(path) }
    }

    private static func failure(_ path: String) -> any Error {
        // Whoever read it has had enough: `| head`.
        if path == "-", errno == EPIPE { return OutputClosed() }
        return ToolError(
            "\(path == "-" ? "standard output" : path) can't be written: \(String(cString: strerror(errno)))")
    }
}

/// Nobody reads standard output any more.
package struct OutputClosed: Error, CustomStringConvertible {
    package var description: String { "standard output is closed" }
}

/// False, with `errno`, when not all of it could be written.
func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
    var rest = bytes
    while !rest.isEmpty {
        let count = write(descriptor, rest.baseAddress, rest.count)
        guard count > 0 || errno == EINTR else { return false }
        rest = UnsafeRawBufferPointer(rebasing: rest[max(count, 0)...])
    }
    return true
}
