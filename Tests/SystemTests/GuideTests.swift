import Foundation
import Testing

/// The commands that the README and the pages of `docs` tell.
@Suite struct GuideTests {
    @Test func theReadmesCommandsWork() async throws {
        try await withShop(.embedded) { shop in
            try await Self.run(try DocumentedCommands("README.md").blocks, beside: shop)
            let orders = try await shop.caller.call("GET", shop.order + "/orders?customer_email=ada@example.com")
            let ada = try #require(orders.list("orders").last?["order_id"] as? String)
            // Of two steps, by e-mail and SMS.
            _ = try await shop.notifications(of: ada, count: 4)
        }
    }

    /// Of a shop that has an order, each page one of its own.
    @Test(arguments: DocumentedCommands.pages) func thePagesCommandsWork(_ page: String) async throws {
        try await withShop(.embedded) { shop in
            let order = try #require(try await shop.place([("PROD-002", 1)]).string("order_id"))
            _ = try await shop.notifications(of: order, count: 2)
            let blocks = try DocumentedCommands(page, leavingOut: "Replay").blocks
            #expect(!blocks.isEmpty)
            try await Self.run(blocks, beside: shop)
        }
    }

    private static func run(_ blocks: [String], beside shop: Shop) async throws {
        let folder = try DocumentedCommands.workingFolder(shop)
        for block in blocks {
            try await DocumentedCommands.run(block, in: folder, shop)
            try await shop.awaitGroup("notification-service")
        }
    }

    @Test(arguments: Shop.Log.available) func thoseOfReplayWork(_ log: Shop.Log) async throws {
        try await withShop(log) { shop in
            let first = try #require(try await shop.place([("PROD-001", 2)]).string("order_id"))
            let second = try #require(try await shop.place([("PROD-002", 1)]).string("order_id"))
            for order in [first, second] { _ = try await shop.notifications(of: order, count: 2) }
            try await shop.awaitGroup("notification-service")

            let blocks = try DocumentedCommands("docs/guide.md", section: "Replay").blocks
            #expect(blocks.count == 4)
            let folder = try DocumentedCommands.workingFolder(shop)
            var isStopped = false
            for block in blocks {
                // "With the services stopped"
                if block.contains("groups rewind"), !isStopped {
                    _ = try await shop.stop()
                    isStopped = true
                }
                let output = try await DocumentedCommands.run(block, in: folder, shop)
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
}
