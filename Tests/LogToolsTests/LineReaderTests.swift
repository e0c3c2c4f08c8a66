import Foundation
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
}
