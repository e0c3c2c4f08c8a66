import Testing

/// The shop is told what runs low where it wants to be told, on either log, and once however often it is read.
@Suite struct StockAlertTests {
    private static let address = "stock@shop.example"

    private static func told(_ shop: Shop) async throws -> [[String: Any]] {
        try await shop.caller.call("GET", shop.notification + "/notifications?recipient=\(address)")
            .list("notifications")
    }

    @Test(arguments: Shop.Log.available) func theShopIsTold(_ log: Shop.Log) async throws {
        // Each process reads it from its environment, as a container does; only the one of notifications has a use for it.
        try await withShop(log, environment: ["ORDERLOG_STOCK_ALERTS": Self.address + ",+44 20 7946 0000"]) { shop in
            try await shop.addProduct("LAMP", quantity: 12)
            #expect(try await shop.place([("LAMP", 2)]).status == 201)
            try await eventually("the shop is told that it is low", within: .seconds(60)) {
                try await Self.told(shop).first?["status"] as? String == "sent"
            }
            let reply = try await shop.caller.call(
                "PUT", shop.inventory + "/inventory/LAMP/reserve", #"{"quantity":10}"#)
            #expect(reply.status == 200)
            try await eventually("the shop is told that it is out", within: .seconds(60)) {
                try await Self.told(shop).count == 2
            }
            let subjects = try await Self.told(shop).compactMap { $0["subject"] as? String }
            #expect(subjects == ["Out of stock: LAMP (LAMP)", "Low on stock: LAMP (LAMP)"])

            // It comes back, and is low again within minutes.
            for (change, quantity) in [("replenish", 20), ("reserve", 10)] {
                let reply = try await shop.caller.call(
                    "PUT", shop.inventory + "/inventory/LAMP/\(change)", #"{"quantity":\#(quantity)}"#)
                #expect(reply.status == 200)
            }
            // The group is watched as the others are.
            try await eventually("its metrics say that it has read all", within: .seconds(60)) {
                let metrics = try await shop.caller.call("GET", "/metrics", inside: shop.inside("notification")).text
                let lines = metrics.split(separator: "\n").filter { $0.contains(#"group="stock-alerts""#) }
                return lines.contains { $0.hasPrefix("orderlog_group_lag_records{") && $0.hasSuffix(" 0.0") }
                    && lines.contains { $0.hasPrefix("orderlog_events_handled_total{") && !$0.hasSuffix(" 0") }
            }
            try await shop.awaitGroup("stock-alerts")

            // Read again from the beginning, and what comes then is behind it.
            _ = try await shop.stop()
            let rewound = try await shop.tool("groups", "rewind", "stock-alerts", "--to", "earliest", "--yes")
            #expect(rewound.code == 0, "\(rewound.output)")
            try await shop.start()
            try await shop.addProduct("TABLE", quantity: 11)
            #expect(try await shop.place([("TABLE", 1)]).status == 201)
            try await eventually("the shop is told of the next one", within: .seconds(60)) {
                try await Self.told(shop).count >= 3
            }
            #expect(try await Self.told(shop).count == 3)
            try await shop.audit()
        }
    }

    @Test func withoutTheSettingNobodyIsTold() async throws {
        try await withShop(.embedded) { shop in
            try await shop.addProduct("LAMP", quantity: 11)
            let order = try #require(try await shop.place([("LAMP", 1)]).string("order_id"))
            _ = try await shop.notifications(of: order, count: 2)
            let groups = try await shop.tool("groups", "list")
            #expect(!groups.output.contains("stock-alerts"), "\(groups.output)")
            let all = try await shop.caller.call("GET", shop.notification + "/notifications")
            #expect(all.list("notifications").count == 2)
        }
    }
}
