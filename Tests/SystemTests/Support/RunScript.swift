import Foundation
import TestProcess

/// What a command printed that may start servers, which go on when it has ended. They inherit what tells Foundation of a
/// process's end, so the end is told by a file. Throws when the command fails.
func runScript(
    _ command: [String], in folder: URL = FileManager.default.temporaryDirectory,
    within limit: Duration = .seconds(120), environment: [String: String] = [:]
) async throws -> String {
    let output = FileManager.default.temporaryDirectory.appending(path: "script-\(UUID().uuidString)").path
    let process = ChildProcess()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments =
        [
            "-c", #"out=$1; shift; "$@" >"$out.out" </dev/null; echo $? >"$out.tmp"; mv "$out.tmp" "$out.end""#, "sh",
            output,
        ]
        + command
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    try process.run()
    defer { for end in [".out", ".end"] { try? FileManager.default.removeItem(atPath: output + end) } }
    try await eventually("the end of \(command.joined(separator: " "))", within: limit) {
        FileManager.default.fileExists(atPath: output + ".end")
    }
    let code = try String(contentsOfFile: output + ".end", encoding: .utf8)
    guard code == "0\n" else { throw Failed("\(command) ended with \(code)") }
    return try String(contentsOfFile: output + ".out", encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
}
