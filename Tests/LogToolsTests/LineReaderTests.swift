import Foundation
import Gzip
import Testing

@testable import LogTools

@Suite struct LineReaderTests {
    /// Every line of a file with this text, and whether the last has no end.
    private func lines(_ text: String, atMost limit: Int) throws -> (lines: [String], isCut: Bool) {
        let path = FileManager.default.temporaryDirectory.appending(path: "test-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(text.utf8).write(to: URL(filePath: path))
        let reader = try LineReader(path: path, named: "lines")
        var all: [String] = []
        while true {
            let some = try reader.next(atMost: limit)
            #expect(some.ends.count <= limit)
            some.forEach { all.append(String(decoding: $1, as: UTF8.self)) }
            if some.isCut { return (all, true) }
            if some.ends.isEmpty { return (all, false) }
        }
    }

    /// Empty, short, and longer than all that is read at once.
    @Test(arguments: [1, 3, 1_000]) func linesComeInOrder(_ limit: Int) throws {
        let texts = ["", "a", "", String(repeating: "b", count: 3_000_000), "c"] + (0..<2_000).map(String.init)
        let whole = try lines(texts.map { $0 + "\n" }.joined(), atMost: limit)
        #expect(whole.lines == texts && !whole.isCut)
        let cut = try lines(texts.joined(separator: "\n"), atMost: limit)
        #expect(cut.lines == texts.dropLast() && cut.isCut)
        #expect(try lines("", atMost: limit) == ([], false))
    }

    @Test func aLineWithoutEndIsNotKept() throws {
        #expect(throws: ToolError.self) { try lines(String(repeating: "b", count: 65 << 20), atMost: 10) }
    }

    /// What a compressed file has before it is cut off, where it may be cut.
    @Test func aCompressedFileMayEndEarly() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "test-\(UUID().uuidString).gz").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        var file = try GzipFile(writing: path)
        try Array((0..<50_000).map { "\($0)\n" }.joined().utf8).withUnsafeBytes { try file.write($0) }
        try file.close()
        try Data(contentsOf: URL(filePath: path)).dropLast(1_000).write(to: URL(filePath: path))
        func count(mayBeCut: Bool) throws -> Int {
            let reader = try LineReader(path: path, named: "lines", mayBeCut: mayBeCut)
            var count = 0
            while true {
                let lines = try reader.next(atMost: 500)
                if lines.ends.isEmpty { return count }
                count += lines.ends.count
            }
        }
        #expect(throws: GzipError.self) { try count(mayBeCut: false) }
        #expect((1_000..<50_000).contains(try count(mayBeCut: true)))
    }
}
