import Foundation

extension Shop {
    /// What `orderlog audit` needs to find this shop, or a copy of its folder.
    func auditArguments(folder: String? = nil) -> [String] {
        let folder = folder ?? self.folder.path
        let databases = ["order", "inventory", "notification"].flatMap {
            ["--\($0)-database", "sqlite:\(folder)/\($0).db"]
        }
        return databases + (log == .embedded ? ["--data", folder] : ["--kafka", kafka ?? ""])
    }

    /// Runs `orderlog audit`; its exit code and what it printed.
    func runAudit(_ options: [String] = [], folder: String? = nil) async throws -> (code: Int32, output: String) {
        let errors = FileManager.default.temporaryDirectory.appending(path: "audit-\(UUID().uuidString).log")
        defer { try? FileManager.default.removeItem(at: errors) }
        let process = try OrderlogProcess(["audit"] + auditArguments(folder: folder) + options, errors: errors)
        let code = try await process.ended(within: .seconds(120))
        return (code, process.outputText + process.errorText)
    }

    /// Throws unless databases and log agree.
    func audit() async throws {
        let (code, output) = try await runAudit()
        guard code == 0 else { throw Failed("orderlog audit ended with \(code):\n\(output)") }
    }
}
