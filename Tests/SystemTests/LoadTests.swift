import Foundation
import Testing

/// `orderlog load` at a real shop.
@Suite struct LoadCommandTests {
    @Test func whatIsAcceptedIsStoredToldAndConserved() async throws {
        // On a busy machine inventory may not answer in time, and the tool says so; then it is done again.
        for attempt in 1...4 where try await place300(isLast: attempt == 4) { break }
    }

    /// False where a 503 came, and it is not the last time.
    private func place300(isLast: Bool) async throws -> Bool {
        var isDone = true
        try await withShop(.embedded) { shop in
            let result = try await shop.tool(
                [
                    "load", "--target", shop.order, "--inventory", shop.inventory, "--notification", shop.notification,
                    "--orders", "300", "--rate", "200", "--products", "5", "--json",
                ], within: .seconds(120))
            let line = try #require(result.lines.first { $0.hasPrefix("{") })
            let json = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            if !isLast, result.output.contains("503") {
                isDone = false
                return
            }
            let checks = json["checks"] as? [[String: Any]] ?? []
            let verdicts = Dictionary(
                uniqueKeysWithValues: checks.map { ("\($0["check"] ?? "")", "\($0["verdict"] ?? "")") })
            #expect(
                verdicts == [
                    "repeats": "holds", "stored": "holds", "told": "holds", "stock": "holds", "audit": "holds",
                ],
                "\(result.output)")
            let measured = json["measured"] as? [String: Any] ?? [:]
            let (accepted, repeated) = (measured["accepted"] as? Int ?? 0, measured["repeated"] as? Int ?? 0)
            #expect(accepted + repeated == 300)
            #expect(try await shop.count("order", "SELECT count(*) FROM orders") == Int64(accepted))
            #expect((json["told_us"] as? [String: Any])?["count"] as? Int == accepted)
            let tenths = (json["told_tenths_us"] as? [[String: Any]] ?? []).compactMap { $0["count"] as? Int }
            #expect(tenths.count == 10 && tenths.reduce(0, +) == accepted && !tenths.contains(0), "\(tenths)")
            #expect((json["processes"] as? [[String: Any]])?.count == 2)
            #expect(result.code == 0)
        }
        return isDone
    }

    @Test func whatIsSoldOutIsRefusedAndAgrees() async throws {
        try await withShop(.embedded) { shop in
            let page = shop.folder.appending(path: "load.html")
            let result = try await shop.tool(
                [
                    "load", "--target", shop.order, "--inventory", shop.inventory, "--notification", shop.notification,
                    "--orders", "100", "--connections", "4", "--hot", "ONE", "--stock", "10", "--repeats", "0",
                    "--html",
                    page.path,
                ], within: .seconds(120))
            #expect(result.code == 0, "\(result.output)")
            #expect(result.output.contains("  409 "), "\(result.output)")
            #expect(result.output.contains("stock: holds"), "\(result.output)")
            #expect(try String(contentsOf: page, encoding: .utf8).contains("<svg"))
        }
    }

    @Test func nobodyThereIsSaid() async throws {
        let result = try await Shop.tool(["load", "--target", "http://127.0.0.1:1", "--hot", "ONE"])
        #expect(result.code == 1)
        #expect(result.output.contains("nobody answers at http://127.0.0.1:1"), "\(result.output)")
    }

    @Test(arguments: [
        ["--target", "shop"], ["--duration", "soon"], ["--bodies", "x", "--hot", "y"], ["--rate", "0"],
    ])
    func wrongUsageIsSaid(_ words: [String]) async throws {
        let result = try await Shop.tool(["load"] + words)
        #expect(result.code == 64, "\(result.output)")
    }
}
