import Foundation

/// Reads and writes files of lines, `-` for standard input and output. Memory stays the same whatever their size.
package struct LineReader {
    private let handle: FileHandle
    private var buffer: [UInt8] = []
    private var start = 0
    private var isAtEnd = false

    package init(path: String) throws {
        handle = path == "-" ? .standardInput : try FileHandle(forReadingFrom: URL(filePath: path))
    }

    /// The next line without its end; nil at the end of the file. `isWhole` is false for a last line without an end.
    package mutating func next() throws -> (bytes: [UInt8], isWhole: Bool)? {
        while true {
            if let end = buffer[start...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { start = end + 1 }
                return (Array(buffer[start..<end]), true)
            }
            if isAtEnd {
                guard start < buffer.count else { return nil }
                defer { start = buffer.count }
                return (Array(buffer[start...]), false)
            }
            let more = try handle.read(upToCount: 1 << 20) ?? Data()
            isAtEnd = more.isEmpty
            buffer = Array(buffer[start...]) + more
            start = 0
        }
    }
}

package final class LineWriter {
    private let handle: FileHandle
    private var buffer: [UInt8] = []

    package init(path: String) throws {
        if path == "-" {
            handle = .standardOutput
        } else {
            _ = FileManager.default.createFile(atPath: path, contents: nil)
            handle = try FileHandle(forWritingTo: URL(filePath: path))
        }
    }

    package func write(_ line: [UInt8]) throws {
        buffer += line
        buffer.append(UInt8(ascii: "\n"))
        if buffer.count >= 1 << 18 { try flush() }
    }

    package func flush() throws {
        try handle.write(contentsOf: Data(buffer))
        buffer.removeAll(keepingCapacity: true)
    }
}
