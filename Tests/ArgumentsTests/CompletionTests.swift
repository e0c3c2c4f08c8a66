import Foundation
import TestProcess
import Testing

@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: "/bin/bash"), "needs /bin/bash"))
struct CompletionTests {
    /// What bash proposes for the last of these words.
    private func proposals(_ words: String..., in folder: String = "/") throws -> Set<String> {
        let script = try #require(printed("completion", "bash"))
        let list = words.map { "'\($0)'" }.joined(separator: " ")
        let process = ChildProcess()
        process.executableURL = URL(filePath: "/bin/bash")
        process.currentDirectoryURL = URL(filePath: folder)
        process.arguments = [
            "--norc", "-c",
            script
                + "COMP_WORDS=(\(list)); COMP_CWORD=\(words.count - 1); _orderlog; printf '%s\\n' \"${COMPREPLY[@]}\"",
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(text)")
        return Set(text.split(separator: "\n").map(String.init))
    }

    @Test func proposesCommands() throws {
        #expect(
            try proposals("orderlog", "") == [
                "up", "serve", "tail", "completion", "help", "--log-level", "--help",
            ])
        #expect(try proposals("orderlog", "s") == ["serve"])
        #expect(try proposals("orderlog", "serve", "o") == ["order"])
        #expect(try proposals("orderlog", "help", "t") == ["tail"])
        #expect(try proposals("orderlog", "completion", "b") == ["bash"])
        #expect(try proposals("orderlog", "tail", "in") == ["inventory"])
    }

    @Test func proposesOptions() throws {
        #expect(try proposals("orderlog", "up", "--ka") == ["--kafka", "--kafka-config"])
        #expect(try proposals("orderlog", "--log-level", "info", "up", "--y") == ["--yes"])
        #expect(try proposals("orderlog", "serve", "order", "--l") == ["--log-level"])
    }

    @Test func proposesValues() throws {
        #expect(try proposals("orderlog", "up", "--log-level", "") == ["debug", "info", "warning"])
        #expect(try proposals("orderlog", "up", "--log-level", "=") == ["debug", "info", "warning"])
        #expect(try proposals("orderlog", "up", "--log-level", "=", "w") == ["warning"])
        #expect(try proposals("orderlog", "up", "--rate", "") == ["10", "100"])
        #expect(try proposals("orderlog", "up", "--kafka", "") == [])
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(
            at: folder.appending(path: "inside"), withIntermediateDirectories: true)
        try Data().write(to: folder.appending(path: "infile"))
        defer { try? FileManager.default.removeItem(at: folder) }
        #expect(try proposals("orderlog", "up", "-d", "in", in: folder.path) == ["inside"])
        #expect(try proposals("orderlog", "up", "--kafka-config", "in", in: folder.path) == ["inside", "infile"])
    }
}
