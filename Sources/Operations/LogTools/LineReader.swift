import Foundation
import Gzip

/// Reads a file line by line, compressed by gzip or not. Memory is that of the longest line, whatever the size.
package final class LineReader {
    private var file: GzipFile
    private var buffer = [UInt8](repeating: 0, count: 1 << 18)
    private var start = 0
    private var end = 0
    private var isAtEnd = false

    package init(path: String) throws {
        file = try GzipFile(reading: path)
    }

    /// The next line without its end; nil at the end of the file. `isWhole` is false for a last line without an end.
    package func next() throws -> (bytes: [UInt8], isWhole: Bool)? {
        var searched = start
        while true {
            if let newline = newline(in: searched..<end) {
                defer { start = newline + 1 }
                return (Array(buffer[start..<newline]), true)
            }
            if isAtEnd {
                guard start < end else { return nil }
                defer { start = end }
                return (Array(buffer[start..<end]), false)
            }
            searched = end
            try fill(&searched)
        }
    }

    private func newline(in range: Range<Int>) -> Int? {
        buffer.withUnsafeBytes { bytes -> Int? in
            guard let base = bytes.baseAddress,
                let found = memchr(base + range.lowerBound, Int32(UInt8(ascii: "\n")), range.count)
            else { return nil }
            return UnsafeRawPointer(found) - base
        }
    }

    private func fill(_ searched: inout Int) throws {
        if start > 0 {
            buffer.replaceSubrange(0..<end - start, with: buffer[start..<end])
            (searched, end, start) = (searched - start, end - start, 0)
        }
        if end == buffer.count { buffer.append(contentsOf: repeatElement(0, count: buffer.count)) }
        let count = try buffer.withUnsafeMutableBytes { bytes in
            try file.read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[end...]))
        }
        end += count
        isAtEnd = count == 0
    }
}
