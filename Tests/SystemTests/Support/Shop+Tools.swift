import Foundation
import Testing

/// What a tool of the command line printed, and how it ended.
struct ToolResult {
    /// Standard output, and standard error behind it.
    let output: String
    /// Of standard output.
    let lines: [Substring]
    let code: Int32
}

extension Shop {
    /// The log of this shop, as tools are told.
    var place: [String] { log == .embedded ? ["--data", folder.path] : ["--kafka", kafka ?? ""] }

    /// Runs `orderlog WORDS` on this shop's log.
    func tool(_ words: String..., within limit: Duration = .seconds(60)) async throws -> ToolResult {
        try await tool(words, within: limit)
    }

    func tool(_ words: [String], within limit: Duration = .seconds(60)) async throws -> ToolResult {
        try await Self.tool(words + place, within: limit)
    }

    static func tool(
        _ words: [String], environment: [String: String] = [:], within limit: Duration = .seconds(60)
    ) async throws -> ToolResult {
        let errors = FileManager.default.temporaryDirectory.appending(path: "tool-\(UUID().uuidString).log")
        defer { try? FileManager.default.removeItem(at: errors) }
        let process = try OrderlogProcess(words, environment: environment, errors: errors)
        let code = try await process.ended(within: limit)
        let output = process.outputText
        return ToolResult(output: output + process.errorText, lines: output.split(separator: "\n"), code: code)
    }

    /// The URL of a service's database.
    func databaseURL(_ service: String) -> String { "sqlite:" + database(service) }

    /// Until a group has read all that there is.
    func awaitGroup(_ group: String) async throws {
        try await eventually("\(group) has read everything", within: .seconds(60)) {
            let result = try await tool("groups", "describe", group, "--json")
            return result.code == 0 && result.output.contains(#""lag":0,"lag_seconds":0,"members"#)
        }
    }
}
