import Foundation
import Testing

@testable import Gzip

@Suite struct GzipFileTests {
    private func withFile(_ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "test-\(UUID().uuidString).gz").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    private func write(_ bytes: [UInt8], to path: String) throws {
        var file = try GzipFile(writing: path)
        try bytes.withUnsafeBytes { try file.write($0) }
        try file.close()
    }

    private func read(_ path: String) throws -> [UInt8] {
        var file = try GzipFile(reading: path)
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1_000)
        while true {
            let count = try buffer.withUnsafeMutableBytes { try file.read(into: $0) }
            if count == 0 { break }
            all += buffer[..<count]
        }
        try file.close()
        return all
    }

    private let text = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) }

    @Test func whatWasWrittenComesBack() throws {
        try withFile { path in
            try write(text, to: path)
            #expect(try read(path) == text)
            #expect(try Data(contentsOf: URL(filePath: path)).starts(with: [0x1f, 0x8b]))
            try write([], to: path)
            #expect(try read(path).isEmpty)
        }
    }

    @Test func aPlainFileIsReadAsItIs() throws {
        try withFile { path in
            try Data(text).write(to: URL(filePath: path))
            #expect(try read(path) == text)
        }
    }

    @Test(arguments: [1, 8, 20, 1_000]) func aFileThatIsCutOffIsNoticed(_ missing: Int) throws {
        try withFile { path in
            try write(text, to: path)
            try Data(contentsOf: URL(filePath: path)).dropLast(missing).write(to: URL(filePath: path))
            #expect(throws: GzipError.self) { try read(path) }
        }
    }

    @Test func whatCanNotBeOpenedIsNamed() {
        #expect { try read("/nowhere/at/all") } throws: {
            "\($0)".contains("/nowhere/at/all can't be read: No such file")
        }
        #expect { try write([1], to: "/nowhere/at/all") } throws: { "\($0)".contains("can't be written") }
    }
}
