import Foundation
import Testing

/// What the services write for machines: one object on each line, from the first to the last.
@Suite(.serialized) struct LogTests {
    private func objects(_ text: String) throws -> [[String: Any]] {
        try text.split(separator: "\n").map { line in
            try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
        }
    }

    @Test func eachLineIsJSON() async throws {
        try await withSlots(1) {
            let shop = try await Shop(.embedded, options: ["--log-format", "json", "--log-level", "debug"])
            try await withShop(shop) { shop in
                let id = try #require(try await shop.place([("PROD-001", 1)]).string("order_id"))
                _ = try await shop.notifications(of: id, count: 2)
                _ = try await shop.stop()
                let lines = try objects(try #require(shop.processes["order"]).errorText)
                #expect(lines.allSatisfy { ["debug", "info", "warning", "error"].contains($0["level"] as? String) })
                let start = try #require(lines.first { $0["message"] as? String == "started" })
                #expect(start["version"] is String && start["log"] as? String == "file \(shop.folder.path)/log.db")
                #expect((start["services"] as? String)?.contains("order \(shop.order)") == true)
                #expect((start["databases"] as? String)?.contains("sqlite \(shop.folder.path)/order.db") == true)
                let placed = try #require(
                    lines.first { $0["route"] as? String == "/orders" && $0["method"] as? String == "POST" })
                #expect(placed["status"] as? Int == 201 && placed["duration_ms"] is Double)
                #expect((placed["trace_id"] as? String)?.count == 32)
            }
        }
    }

    @Test func whyAStartFailedIsJSON() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "no-folder-\(UUID().uuidString)")
        let errors = FileManager.default.temporaryDirectory.appending(path: "errors-\(UUID().uuidString)")
        #expect(FileManager.default.createFile(atPath: file.path, contents: nil))
        defer {
            try? FileManager.default.removeItem(at: file)
            try? FileManager.default.removeItem(at: errors)
        }
        let process = try OrderlogProcess(["up", "--data", file.path, "--log-format", "json"], errors: errors)
        #expect(try await process.ended(within: .seconds(30)) == 1)
        let lines = try objects(process.errorText)
        #expect(lines.last?["level"] as? String == "error")
        #expect((lines.last?["error"] as? String)?.contains(file.path) == true)
    }
}
