import EventLog
import Foundation
import Testing

/// What only reads needs nothing but to be let read.
@Suite struct ReadOnlyTests {
    /// The data folder as its backup has it, or a container that sees it read-only: while the services run, after a crash, from
    /// a copy, and after an orderly end.
    @Test(.enabled(if: geteuid() == 0, "to mount a folder read-only needs root"))
    func aShopIsReadWhereNothingCanBeWritten() async throws {
        try await withShop(.embedded) { shop in
            let still = FileManager.default.temporaryDirectory.appending(path: "still-\(UUID().uuidString)").path
            try FileManager.default.createDirectory(atPath: still, withIntermediateDirectories: false)
            try #require(mount(shop.folder.path, still, nil, UInt(MS_BIND), nil) == 0)
            defer {
                umount2(still, Int32(MNT_DETACH))
                try? FileManager.default.removeItem(atPath: still)
            }
            try #require(mount(nil, still, nil, UInt(MS_BIND | MS_REMOUNT | MS_RDONLY), nil) == 0)

            let placed = try await shop.place([("PROD-001", 1)])
            let order = try #require(placed.string("order_id"))
            try await readAll(still, order, "while the services run")
            // How far it has read is noted some time after.
            let log = try await shop.openLog()
            try await eventually("the group's offset", within: .seconds(30)) {
                try await !log.committedOffsets(group: "notification-service").isEmpty
            }
            await log.close()
            try await shop.killAll()
            try await readAll(still, order, "after a crash")
            for name in ["order", "inventory", "notification", "log"] {
                try FileManager.default.removeItem(atPath: shop.database(name) + "-shm")
            }
            try await readAll(still, order, "from a copy")
            try await shop.start()
            #expect(try await shop.stop() == [0])
            try await readAll(still, order, "after an orderly end")

            let refused = try await Shop.tool(["topics", "apply", "--data", still])
            #expect(refused.code == 1 && refused.output.contains("log.db"), "\(refused.output)")
        }
    }

    private func readAll(_ folder: String, _ order: String, _ when: Comment) async throws {
        let tools = [
            ["audit", "--wait", "20"], ["events", "tail", "--order", order], ["events", "export", "-"],
            ["groups", "list"], ["groups", "describe", "notification-service"], ["dlq", "list"],
            ["dlq", "redrive", "--all", "--dry-run"], ["outbox", "list"], ["topics", "list"],
            ["replay", "inventory", "--compare", "sqlite:\(folder)/inventory.db"],
        ]
        for words in tools {
            let result = try await Shop.tool(words + ["--data", folder])
            #expect(result.code == 0, "\(when): \(words): \(result.output)")
            if words[0] == "events" { #expect(result.output.contains(order), "\(when): \(words): \(result.output)") }
        }
    }
}
