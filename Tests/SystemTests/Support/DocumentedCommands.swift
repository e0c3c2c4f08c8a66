import Foundation
import TestProcess
import Testing

/// The shell commands of a page of the documentation, as they are written, in their order, beside a shop on this machine.
///
/// A block is run where its language is `sh`. Where that is `sh no_run` (after rustdoc's word) it wants what a test has not: containers,
/// another machine, or somebody who looks at it for as long as it runs.
struct DocumentedCommands {
    let blocks: [String]

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
        .standardizedFileURL
    private static let fence = "```sh\n"

    /// `section`: only that; `leavingOut`: all but that. Each by its heading.
    init(_ page: String, section: String? = nil, leavingOut other: String? = nil) throws {
        let text = try String(contentsOf: Self.root.appending(path: page), encoding: .utf8)
        var sections = text.components(separatedBy: "\n## ")
        if let section { sections = [try #require(sections.first { $0.hasPrefix(section + "\n") })] }
        if let other { sections.removeAll { $0.hasPrefix(other + "\n") } }
        blocks = sections.flatMap { $0.components(separatedBy: Self.fence).dropFirst() }
            .compactMap { $0.components(separatedBy: "\n```").first }
    }

    /// The pages below `docs` that have commands to run.
    static var pages: [String] {
        let files = FileManager.default.enumerator(atPath: root.appending(path: "docs").path)
        let names = (files?.allObjects ?? []).compactMap { $0 as? String }.filter { $0.hasSuffix(".md") }
        return names.map { "docs/\($0)" }.filter { page in
            let text = try? String(contentsOf: root.appending(path: page), encoding: .utf8)
            return text?.contains(fence) ?? false
        }.sorted()
    }

    /// A folder in which `.build/release/orderlog` and `./data` are there.
    static func workingFolder(_ shop: Shop) throws -> URL {
        let folder = shop.folder.appending(path: "guide")
        try FileManager.default.createDirectory(
            at: folder.appending(path: ".build/release"), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            at: folder.appending(path: ".build/release/orderlog"), withDestinationURL: OrderlogProcess.executable)
        try FileManager.default.createSymbolicLink(at: folder.appending(path: "data"), withDestinationURL: shop.folder)
        return folder
    }

    /// Runs one of the blocks, and expects that all of it goes well. Answers what it printed.
    @discardableResult
    static func run(_ block: String, in folder: URL, _ shop: Shop) async throws -> String {
        let output = folder.appending(path: "output")
        _ = FileManager.default.createFile(atPath: output.path, contents: nil)
        let process = ChildProcess()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = ["-euo", "pipefail", "-c", newest + script(block, shop)]
        process.currentDirectoryURL = folder
        var environment = ProcessInfo.processInfo.environment
        environment["KAFKA_BOOTSTRAP_SERVERS"] = shop.kafka
        environment["ORDERLOG_URL"] = [shop.order, shop.inventory, shop.notification].joined(separator: ",")
        environment["ORDERLOG_CONSOLE_URL"] = shop.consolePort.map { "http://127.0.0.1:\($0)" }
        environment["PATH"] = "\(folder.path)/.build/release:" + (environment["PATH"] ?? "/usr/bin:/bin")
        process.environment = environment
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = process.standardOutput
        process.standardInput = FileHandle.nullDevice
        try process.run()
        try await eventually("the end of the commands", within: .seconds(120)) { !process.isRunning }
        let text = try String(contentsOf: output, encoding: .utf8)
        #expect(process.terminationStatus == 0, "\(block)\n\(text)")
        #expect(!text.contains("\"title\":"), "a problem: \(block)\n\(text)")
        return text
    }

    /// With this shop's ports, and with ids of its own where the reader puts theirs.
    private static func script(_ block: String, _ shop: Shop) -> String {
        var script = block
        for (port, service) in [(8080, "order"), (8081, "inventory"), (8082, "notification")] {
            script = script.replacing("localhost:\(port)", with: "127.0.0.1:\(shop.ports[service] ?? 0)")
        }
        if let console = shop.consolePort { script = script.replacing("localhost:8083", with: "127.0.0.1:\(console)") }
        return script.replacing("NOTIFICATION_ID", with: "$(newest notifications notification_id)")
            .replacing("ORDER_ID", with: "$(newest orders order_id)")
            // What follows does not end by itself.
            .replacing(" --follow", with: "")
    }

    /// What there is of a list's newest, once there is one.
    private static let newest = """
        newest() {
            local id=
            until [ -n "$id" ]; do id=$(orderlog "$1" list --limit 1 --json | sed -nE "s/.*\\"$2\\":\\"([^\\"]+)\\".*/\\1/p"); done
            echo "$id"
        }

        """
}

extension Shop {
    /// Of `orderlog up`.
    var consolePort: Int? {
        processes["order"]?.outputText.split(separator: "\n").first { $0.hasPrefix("console ready on ") }
            .flatMap { $0.split(separator: ":").last }.flatMap { Int($0) }
    }
}
