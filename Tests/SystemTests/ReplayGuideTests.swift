import Foundation
import Testing

/// The commands of the README's section "Replay", as they are written, in their order.
@Suite struct ReplayGuideTests {
    @Test(arguments: Shop.Log.available) func itsCommandsWork(_ log: Shop.Log) async throws {
        try await withShop(log) { shop in
            let first = try #require(try await shop.place([("PROD-001", 2)]).string("order_id"))
            let second = try #require(try await shop.place([("PROD-002", 1)]).string("order_id"))
            for order in [first, second] { _ = try await shop.notifications(of: order, count: 2) }
            try await shop.awaitGroup("notification-service")

            let blocks = try Self.blocks("Replay")
            #expect(blocks.count == 4)
            let folder = try Self.workingFolder(shop)
            var isStopped = false
            for block in blocks {
                // "With the services stopped"
                if block.contains("groups rewind"), !isStopped {
                    _ = try await shop.stop()
                    isStopped = true
                }
                let (code, output) = try await Self.run(block, in: folder, shop)
                #expect(code == 0, "\(block)\n\(output)")
                for line in output.split(separator: "\n") where line.contains(" events read, ") {
                    #expect(line.contains(" 0 dead-lettered"), "\(output)")
                }
            }
            try await shop.start()
            _ = try await shop.notifications(of: first, count: 4)
            _ = try await shop.notifications(of: second, count: 2)
            try await shop.audit()
        }
    }

    /// The shell commands of a section.
    private static func blocks(_ section: String) throws -> [String] {
        let readme = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../README.md")
        let text = try String(contentsOf: readme, encoding: .utf8)
        let part = try #require(
            text.components(separatedBy: "\n## \(section)\n").last?.components(separatedBy: "\n## ").first)
        return part.components(separatedBy: "```sh\n").dropFirst().compactMap {
            $0.components(separatedBy: "\n```").first
        }
    }

    /// A folder in which `.build/release/orderlog` and `./data` are there.
    private static func workingFolder(_ shop: Shop) throws -> URL {
        let folder = shop.folder.appending(path: "guide")
        try FileManager.default.createDirectory(
            at: folder.appending(path: ".build/release"), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            at: folder.appending(path: ".build/release/orderlog"), withDestinationURL: OrderlogProcess.executable)
        try FileManager.default.createSymbolicLink(at: folder.appending(path: "data"), withDestinationURL: shop.folder)
        return folder
    }

    private static func run(_ script: String, in folder: URL, _ shop: Shop) async throws -> (Int32, String) {
        let output = folder.appending(path: "output")
        _ = FileManager.default.createFile(atPath: output.path, contents: nil)
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = ["-euo", "pipefail", "-c", script]
        process.currentDirectoryURL = folder
        var environment = ProcessInfo.processInfo.environment
        environment["KAFKA_BOOTSTRAP_SERVERS"] = shop.kafka
        process.environment = environment
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = process.standardOutput
        process.standardInput = FileHandle.nullDevice
        try process.run()
        try await eventually("the end of the commands", within: .seconds(120)) { !process.isRunning }
        return (process.terminationStatus, try String(contentsOf: output, encoding: .utf8))
    }
}
