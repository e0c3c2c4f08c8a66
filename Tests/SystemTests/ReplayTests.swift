import Foundation
import Testing

/// `orderlog replay`: what the services' own code makes of past events.
@Suite(.serialized) struct ReplayTests {
    private static func orders(_ shop: Shop, _ count: Int) async throws -> [String] {
        var orders: [String] = []
        for index in 0..<count {
            let reply = try await shop.place([("PROD-00\(index % 5 + 1)", 1 + index % 3)])
            orders.append(try #require(reply.string("order_id")))
        }
        for (index, order) in orders.enumerated() where index % 3 > 0 {
            let move = index % 3 == 1 ? "ship" : "cancel"
            #expect(try await shop.caller.call("POST", shop.order + "/orders/\(order)/\(move)").status == 200)
        }
        for (index, order) in orders.enumerated() {
            _ = try await shop.notifications(of: order, count: index % 3 == 0 ? 2 : 4)
        }
        return orders
    }

    @Test(arguments: Shop.Log.available) func whatWasToldIsToldByReplayToo(_ log: Shop.Log) async throws {
        try await withShop(log) { shop in
            let orders = try await Self.orders(shop, 12)
            let live = shop.databaseURL("notification")
            let same = try await shop.tool("replay", "notification", "--compare", live)
            #expect(same.code == 0, "\(same.output)")
            #expect(same.output.contains("20 events read, 20 handled, 0 dead-lettered"))
            #expect(same.output.contains("40 notifications made\n20 events compared: all as it is live"))
            #expect(try await shop.count("notification", "SELECT count(*) FROM notifications") == 40)

            // As if the code of today worded one e-mail otherwise, sent one elsewhere, and did not know two.
            try await change(
                shop.database("notification"),
                """
                UPDATE notifications SET body = replace(body, 'Thank you', 'Thanks')
                    WHERE channel = 'email' AND type = 'order_confirmed' AND order_id = x'\(orders[0].replacing("-", with: ""))';
                UPDATE notifications SET recipient = 'eve@example.com'
                    WHERE channel = 'email' AND type = 'order_shipped' AND order_id = x'\(orders[1].replacing("-", with: ""))';
                DELETE FROM notifications
                    WHERE channel = 'sms' AND type = 'order_cancelled' AND order_id = x'\(orders[2].replacing("-", with: ""))'
                """)
            let other = try await shop.tool("replay", "notification", "--compare", live)
            #expect(other.code == 1 && other.output.contains("3 notifications differ"), "\(other.output)")
            #expect(other.output.contains("different  order \(orders[0])  order_confirmed  email"))
            #expect(
                other.output.contains(
                    """
                    body, line 3
                                 live      Thanks for your order \(orders[0]). It is confirmed.
                                 replayed  Thank you for your order \(orders[0]). It is confirmed.
                    """))
            #expect(other.output.contains("different  order \(orders[1])  order_shipped  email"))
            #expect(other.output.contains("live      eve@example.com"))
            #expect(other.output.contains("extra      order \(orders[2])  order_cancelled  sms"))
            let json = try await shop.tool("replay", "notification", "--json", "--compare", live, "--order", orders[1])
            #expect(json.code == 1 && json.lines.count == 2, "\(json.output)")
            let difference = try #require(
                try JSONSerialization.jsonObject(with: Data(json.lines[0].utf8)) as? [String: Any])
            #expect(difference["difference"] as? String == "different")
            #expect(difference["order_id"] as? String == orders[1])

            // The live service knows of an event that the log does not have.
            try await change(
                shop.database("notification"),
                "UPDATE notifications SET event_id = x'0190f0f000007000800000000000000a' WHERE rowid IN (SELECT max(rowid) FROM notifications)"
                    + "; INSERT INTO inbox VALUES (x'0190f0f000007000800000000000000a', 0)")
            #expect(
                try await shop.tool("replay", "notification", "--compare", live).output.contains("missing    order "))
        }
    }

    @Test(arguments: Shop.Log.available) func theSameWhateverTheBatchAndHoweverOftenStopped(_ log: Shop.Log)
        async throws
    {
        try await withShop(log) { shop in
            _ = try await Self.orders(shop, 30)
            let file = shop.folder.appending(path: "all.ndjson.gz").path
            #expect(try await shop.tool("events", "export", file).code == 0)
            func made(_ words: [String], _ name: String) async throws -> String {
                let path = shop.folder.appending(path: name).path
                let result = try await Shop.tool(["replay", "notification", "--into", "sqlite:\(path)"] + words)
                #expect(result.code == 0, "\(result.output)")
                return try await shop.text(
                    name.replacing(".db", with: ""),
                    """
                    SELECT count(*) || group_concat(hex(notification_id) || recipient || subject || body)
                    FROM (SELECT * FROM notifications ORDER BY notification_id)
                    """)
            }
            let one = try await made(shop.place, "one.db")
            #expect(one.hasPrefix("100"))
            for batch in ["1", "7", "100000"] {
                #expect(try await made(shop.place + ["--batch", batch], "batch-\(batch).db") == one)
            }
            #expect(try await made(["--file", file], "file.db") == one)
            // Some of it, some of it again, then all of it, into one database.
            for part in [["--type", "OrderConfirmed"], ["--from", "0:0", "--to", "latest"], [], []] {
                _ = try await made(shop.place + part, "parts.db")
            }
            #expect(try await made(shop.place, "parts.db") == one)
            // Killed where it happens to be, and gone on with.
            for _ in 0..<3 {
                let errors = shop.folder.appending(path: "killed.log")
                let process = try OrderlogProcess(
                    ["replay", "notification", "--batch", "1", "--into", "sqlite:\(shop.database("killed"))"]
                        + shop.place,
                    errors: errors)
                try await eventually("some notifications", within: .seconds(30)) {
                    !process.isRunning || FileManager.default.fileExists(atPath: shop.database("killed") + "-wal")
                }
                try await process.killNow()
            }
            #expect(try await made(shop.place, "killed.db") == one)
        }
    }

    @Test(arguments: Shop.Log.available) func stockIsRebuiltFromTheLog(_ log: Shop.Log) async throws {
        try await withShop(log) { shop in
            _ = try await Self.orders(shop, 12)
            // What the cancelled order held comes back by its event.
            try await eventually("the cancelled order's stock", within: .seconds(30)) {
                try await shop.available("PROD-002") == 497
            }
            let moves = [("PROD-001/replenish", 40), ("PROD-002/reserve", 495)]
            for (move, quantity) in moves {
                let answer = try await shop.caller.call(
                    "PUT", shop.inventory + "/inventory/\(move)", #"{"quantity":\#(quantity)}"#)
                #expect(answer.status == 200, "\(move): \(answer.text)")
            }
            let live = shop.databaseURL("inventory")
            let same = try await shop.tool("replay", "inventory", "--compare", live)
            #expect(same.code == 0 && same.output.contains("all as it is live"), "\(same.output)")
            #expect(same.output.contains("5 products: 4 in_stock, 1 low_stock, 0 out_of_stock"), "\(same.output)")
            let file = shop.folder.appending(path: "all.ndjson").path
            #expect(try await shop.tool("events", "export", file).code == 0)
            let fromFile = try await Shop.tool(["replay", "inventory", "--file", file, "--compare", live])
            #expect(fromFile.code == 0, "\(fromFile.output)")

            try await change(
                shop.database("inventory"), "UPDATE products SET available = 0 WHERE product_id = 'PROD-003'")
            let other = try await shop.tool("replay", "inventory", "--compare", live, "--wait", "0")
            #expect(other.code == 1 && other.output.contains("product PROD-003  available: live 0, replayed"))
            #expect(other.output.contains("status: live out_of_stock, replayed in_stock"))
        }
    }

    @Test func aScratchDatabaseIsNobodys() async throws {
        try await withShop(.embedded) { shop in
            _ = try await Self.orders(shop, 1)
            _ = try await shop.stop()
            let live = shop.databaseURL("notification")
            let refused = try await shop.tool("replay", "notification", "--into", live)
            #expect(refused.code == 1 && refused.output.contains("no scratch database"), "\(refused.output)")
            let scratch = shop.folder.appending(path: "scratch/notification.db").path
            try FileManager.default.createDirectory(
                atPath: shop.folder.appending(path: "scratch").path, withIntermediateDirectories: true)
            let printed = try await shop.tool(
                "replay", "notification", "--into", "sqlite:\(scratch)", "--deliver", "log")
            #expect(printed.code == 0 && printed.output.contains("e-mail to ada@example.com"), "\(printed.output)")
            let inventory = try await shop.tool("replay", "inventory", "--into", "sqlite:\(scratch)")
            #expect(
                inventory.code == 1 && inventory.output.contains("was filled by a replay of notification"),
                "\(inventory.output)")
            let nothing = try await shop.tool(
                "replay", "notification", "--compare", live, "--type", "orderlog.OrderPraised.v1")
            #expect(nothing.code == 2 && nothing.output.contains("nothing to compare"), "\(nothing.output)")
            let untold = try await shop.tool("replay", "notification", "--compare", "sqlite:\(scratch).not")
            #expect(untold.code == 2 && untold.output.contains("could not tell"), "\(untold.output)")
            let served = try await Shop.tool([
                "serve", "notification", "--database", "sqlite:\(scratch)", "--port", "0", "--kafka", "127.0.0.1:1",
            ])
            #expect(served.code == 1 && served.output.contains("filled by `orderlog replay`"), "\(served.output)")
        }
    }
}
