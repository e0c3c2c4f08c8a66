import Foundation
import Gzip

/// Lines of a file in one piece of memory, in order.
package struct Lines: Sendable {
    /// Whole lines, each with its newline.
    package var bytes: [UInt8]
    /// Where each ends, behind its newline.
    package var ends: [Int]
    /// Whether it is the file's last line, which has no end.
    package var isCut = false

    /// Calls `body` with each line, without its newline.
    package func forEach<Failure>(
        _ body: (_ index: Int, UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        let result = bytes.withUnsafeBytes { memory -> Result<Void, Failure> in
            var start = 0
            for (index, end) in ends.enumerated() {
                do throws(Failure) {
                    try body(index, UnsafeRawBufferPointer(rebasing: memory[start..<end - 1]))
                } catch {
                    return .failure(error)
                }
                start = end
            }
            return .success(())
        }
        try result.get()
    }
}

/// Reads a file by some lines at a time, compressed by gzip or not. Memory is that of those lines, whatever the size.
package final class LineReader {
    /// Bytes after which no more lines are taken together.
    private static let enough = 1 << 20
    /// A record has 5 MiB at most, and its line a few times as much where all of it is escaped.
    private static let longest = 64 << 20

    private var file: GzipFile
    private var buffer = [UInt8](repeating: 0, count: 1 << 18)
    private var start = 0
    private var end = 0
    private var isAtEnd = false

    private let name: String
    private let mayBeCut: Bool

    /// `name`: what errors call the file. `mayBeCut`: a compressed file that is cut off ends there; else it is an error.
    package init(path: String, named name: String, mayBeCut: Bool = false) throws {
        self.name = name
        self.mayBeCut = mayBeCut
        file = try GzipFile(reading: path, named: name)
    }

    /// The next lines, `limit` at most; none at the end of the file.
    package func next(atMost limit: Int) throws -> Lines {
        var ends: [Int] = []
        var searched = 0
        while ends.count < limit {
            if let newline = newline(in: start + searched..<end) {
                searched = newline + 1 - start
                ends.append(searched)
            } else if isAtEnd || ends.last ?? 0 >= Self.enough {
                break
            } else {
                searched = end - start
                try fill()
            }
        }
        let isCut = ends.isEmpty && start < end
        let count = isCut ? end - start : ends.last ?? 0
        defer { start += count }
        return Lines(bytes: Array(buffer[start..<start + count]), ends: ends, isCut: isCut)
    }

    private func newline(in range: Range<Int>) -> Int? {
        buffer.withUnsafeBytes { bytes -> Int? in
            guard let base = bytes.baseAddress,
                let found = memchr(base + range.lowerBound, Int32(UInt8(ascii: "\n")), range.count)
            else { return nil }
            return UnsafeRawPointer(found) - base
        }
    }

    /// Reads on behind what is there, which moves to the buffer's beginning.
    private func fill() throws {
        if end - start == buffer.count {
            guard buffer.count < Self.longest else {
                throw ToolError("\(name) has a line of more than \(Self.longest >> 20) MiB: it is no export")
            }
            buffer += [UInt8](repeating: 0, count: buffer.count)
        }
        let count = try buffer.withUnsafeMutableBytes { bytes in
            let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[..<(end - start)])
            rest.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
            do throws(GzipError) {
                return try file.read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[(end - start)...]))
            } catch {
                guard mayBeCut, error.isCutOff else { throw error }
                return 0
            }
        }
        (start, end) = (0, end - start + count)
        isAtEnd = count == 0
    }
}
