import Foundation
import TestProcess
import Testing

/// The commands that the README and the guide tell, as they are written, in their order.
@Suite struct GuideTests {
    /// But for the first block, `make run` and `make test`, which `.ci/run` runs.
    @Test func theReadmesCommandsWork() async throws {
        try await withShop(.embedded) { shop in
            let folder = try Self.workingFolder(shop)
            let blocks = try Self.blocks("README.md")
            #expect(blocks.first?.contains("make run") == true)
            var order = "ORDER_ID"
            for block in blocks.dropFirst() {
                let script = block.replacing("localhost:8080", with: "127.0.0.1:\(shop.ports["order"] ?? 0)")
                    .replacing("localhost:8081", with: "127.0.0.1:\(shop.ports["inventory"] ?? 0)")
                    .replacing("localhost:8082", with: "127.0.0.1:\(shop.ports["notification"] ?? 0)")
                    .replacing("ORDER_ID", with: order)
                let (code, output) = try await Self.run(script, in: folder, shop)
                #expect(code == 0, "\(block)\n\(output)")
                #expect(!output.contains("\"title\":"), "a problem: \(block)\n\(output)")
                guard let id = output.firstMatch(of: /"order_id":"([^"]+)"/)?.output.1, order == "ORDER_ID" else {
                    continue
                }
                order = String(id)
                _ = try await shop.notifications(of: order, count: 2)
            }
            #expect(order != "ORDER_ID")
        }
    }

    @Test(arguments: Shop.Log.available) func thoseOfReplayWork(_ log: Shop.Log) async throws {
        try await withShop(log) { shop in
            let first = try #require(try await shop.place([("PROD-001", 2)]).string("order_id"))
            let second = try #require(try await shop.place([("PROD-002", 1)]).string("order_id"))
            for order in [first, second] { _ = try await shop.notifications(of: order, count: 2) }
            try await shop.awaitGroup("notification-service")

            let blocks = try Self.blocks("docs/guide.md", section: "Replay")
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

    /// The shell commands of a page, or of one of its sections.
    private static func blocks(_ page: String, section: String? = nil) throws -> [String] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        var text = try String(contentsOf: root.appending(path: page), encoding: .utf8)
        if let section {
            text = try #require(
                text.components(separatedBy: "\n## \(section)\n").last?.components(separatedBy: "\n## ").first)
        }
        return text.components(separatedBy: "```sh\n").dropFirst().compactMap {
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
        let process = ChildProcess()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = ["-euo", "pipefail", "-c", script]
        process.currentDirectoryURL = folder
        var environment = ProcessInfo.processInfo.environment
        environment["KAFKA_BOOTSTRAP_SERVERS"] = shop.kafka
        environment["ORDERLOG_URL"] = [shop.order, shop.inventory, shop.notification].joined(separator: ",")
        environment["PATH"] = "\(folder.path)/.build/release:" + (environment["PATH"] ?? "/usr/bin:/bin")
        process.environment = environment
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = process.standardOutput
        process.standardInput = FileHandle.nullDevice
        try process.run()
        try await eventually("the end of the commands", within: .seconds(120)) { !process.isRunning }
        return (process.terminationStatus, try String(contentsOf: output, encoding: .utf8))
    }
}
