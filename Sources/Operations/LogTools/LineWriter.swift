import Foundation
import Gzip

/// Writes a file line by line, by gzip where its name ends with `.gz`; `-` is standard output.
///
/// A file appears under its name when it is complete: until then it is `FILE.partial`.
package final class LineWriter {
    private let path: String
    /// Where it is until it is complete; nil: there from the start.
    private let partialPath: String?
    private var descriptor: Int32
    private var gzip: GzipFile?
    private var buffer: [UInt8] = []
    private static let bufferSize = 1 << 18

    package init(path: String) throws {
        self.path = path
        guard path != "-" else {
            descriptor = STDOUT_FILENO
            partialPath = nil
            return
        }
        // A pipe or a device can't be replaced.
        let type = try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
        partialPath = type == nil || type == .typeRegular ? path + ".partial" : nil
        let place = partialPath ?? path
        if path.hasSuffix(".gz") {
            descriptor = -1
            gzip = try GzipFile(writing: place)
        } else {
            descriptor = open(place, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else { throw Self.failure(place) }
        }
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
