import Foundation
import TestProcess
import Testing

/// A real zsh, in a terminal of its own, as somebody types into it.
@Suite(
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/zsh"), "needs zsh"), .timeLimit(.minutes(5)))
struct ZshCompletionTests {
    /// What stands on the command line after `typed` and Tab. The inner zsh writes it to a file when it is told to.
    private func completed(_ typed: String) throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "zsh-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder.appending(path: "data"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data(try #require(printed("completion", "zsh")).utf8).write(to: folder.appending(path: "script"))
        try Data(Self.driver.utf8).write(to: folder.appending(path: "driver"))
        let process = ChildProcess()
        process.executableURL = URL(filePath: "/usr/bin/zsh")
        process.currentDirectoryURL = folder
        process.arguments = ["-f", "driver", typed]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(said)")
        return try String(contentsOf: folder.appending(path: "line"), encoding: .utf8)
    }

    /// Waits for the file with a deadline, and reads what the terminal shows meanwhile, so that the inner zsh is never held up.
    private static let driver = #"""
        zmodload zsh/zpty
        zpty -b inner zsh -f -i
        zpty -w inner 'PS1="> "; HISTFILE=; source ./script; save() { print -r -- "$BUFFER" >line.part; mv line.part line }; zle -N save; bindkey "^Xs" save; : >ready'
        integer tries=600
        await() {
            while [[ ! -e $1 ]] && ((tries-- > 0)); do zpty -r -t inner shown || sleep 0.05; done
            [[ -e $1 ]] || { print -r -- "no $1: $shown"; exit 1 }
        }
        await ready
        zpty -w -n inner "$1"$'\t\C-Xs'
        await line
        zpty -d inner
        """#

    @Test(arguments: [
        ("orderlog ser", "orderlog serve "), ("orderlog serve inv", "orderlog serve inventory "),
        ("orderlog up --log-level de", "orderlog up --log-level debug "),
        ("orderlog up --log-level=warn", "orderlog up --log-level=warning "),
        ("orderlog up --verb", "orderlog up --verbose "), ("orderlog up --rate 100", "orderlog up --rate 100 "),
        ("orderlog tail ord", "orderlog tail orders "), ("orderlog up --data da", "orderlog up --data data/"),
        ("orderlog completion z", "orderlog completion zsh "),
    ])
    func completesWordsAndValues(_ typed: String, _ line: String) throws {
        #expect(try completed(typed).trimmingCharacters(in: .newlines) == line)
    }

    @Test func theScriptIsCorrect() throws {
        let process = ChildProcess()
        process.executableURL = URL(filePath: "/usr/bin/zsh")
        process.arguments = ["-fn", "-c", try #require(printed("completion", "zsh"))]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }
}
