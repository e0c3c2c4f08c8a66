import Foundation
import Testing

/// `orderlog orders`, `products`, `notifications` and `demo`, beside a shop that runs.
@Suite struct ShopCommandTests {
    /// Runs `orderlog WORDS` against this shop.
    private static func ask(_ shop: Shop, _ words: String...) async throws -> ToolResult {
        try await Shop.tool(
            words,
            environment: ["ORDERLOG_URL": [shop.order, shop.inventory, shop.notification].joined(separator: ",")])
    }

    private static func object(_ result: ToolResult) throws -> [String: Any] {
        // Beside it stands how far a demo is that takes long.
        let json = try #require(result.lines.first { $0.hasPrefix("{") }, "\(result.output)")
        return try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    }

    @Test func anOrderGoesItsWay() async throws {
        try await withShop(.embedded) { shop in
            let placed = try await Self.ask(
                shop, "orders", "place", "--name", "Ada", "--email", "ada@example.com", "--item", "PROD-001", "--item",
                "PROD-005=2", "--json")
            #expect(placed.code == 0, "\(placed.output)")
            let id = try #require(try Self.object(placed)["order_id"] as? String)
            let shown = try await Self.ask(shop, "orders", "show", id, "--utc")
            #expect(shown.code == 0 && shown.lines.first == "Order \(id) confirmed", "\(shown.output)")
            #expect(shown.output.contains("customer  Ada <ada@example.com>") && shown.output.contains("1325.97 USD"))

            let errors = shop.folder.appending(path: "watch.log")
            let watch = try OrderlogProcess(
                ["orders", "watch", id],
                environment: ["ORDERLOG_URL": shop.order + "," + shop.inventory + "," + shop.order],
                errors: errors)
            try await eventually("it waits", within: .seconds(30)) {
                watch.errorText.contains("waiting until it is shipped, or cancelled")
            }
            let shipped = try await Self.ask(shop, "orders", "ship", id, "--carrier", "DHL")
            #expect(shipped.lines.first == "Order \(id) shipped", "\(shipped.output)")
            try await eventually("it waits", within: .seconds(30)) {
                watch.errorText.contains("waiting until it is delivered")
            }
            #expect(try await Self.ask(shop, "orders", "deliver", id).code == 0)
            #expect(try await watch.ended(within: .seconds(30)) == 0)
            let steps = watch.outputText.split(separator: "\n")
            #expect(steps.map { $0.split(separator: " ").last } == ["confirmed", "shipped", "delivered"], "\(steps)")

            let again = try await Self.ask(shop, "orders", "cancel", id, "--reason", "too late")
            #expect(again.code == 1)
            #expect(again.output.hasPrefix("orderlog orders cancel: Illegal move (409): "), "\(again.output)")
            #expect(again.output.contains("what to do: ") && again.output.contains("trace id: "))

            _ = try await shop.notifications(of: id, count: 3)
            let list = try await Self.ask(shop, "notifications", "list", "--order", id)
            #expect(list.lines.count == 4 && list.output.contains("order_delivered"), "\(list.output)")
            let told = try #require(list.lines.last?.split(separator: " ").first.map(String.init))
            #expect(
                try await Self.ask(shop, "notifications", "show", told).output.contains(
                    "Thank you for your order \(id)"))
            let resent = try await Self.ask(shop, "notifications", "resend", told)
            #expect(resent.code == 0 && resent.output.contains("order_confirmed"), "\(resent.output)")
            _ = try await shop.notifications(of: id, count: 4)
        }
    }

    @Test func theSameKeyIsTheSameOrder() async throws {
        try await withShop(.embedded) { shop in
            var ids: Set<String> = []
            for _ in 0..<2 {
                let placed = try await Self.ask(
                    shop, "orders", "place", "--name", "Ada", "--email", "ada@example.com", "-i", "PROD-005",
                    "--idempotency-key", "cart-7", "--json")
                ids.insert(try #require(try Self.object(placed)["order_id"] as? String))
            }
            #expect(ids.count == 1)
            let other = try await Self.ask(
                shop, "orders", "place", "--name", "Ada", "--email", "ada@example.com", "-i", "PROD-005=3",
                "--idempotency-key", "cart-7")
            #expect(other.code == 1 && other.output.contains("what to do: "), "\(other.output)")
        }
    }

    @Test func productsAreAddedAndFilledUp() async throws {
        try await withShop(.embedded) { shop in
            let added = try await Self.ask(
                shop, "products", "add", "lamp/1", "--name", "Desk lamp", "--price", "39.99", "--quantity", "3",
                "--metadata", "shelf=B7",
                "--threshold", "2")
            #expect(added.code == 0 && added.lines.first == "Product lamp/1 in_stock", "\(added.output)")
            let twice = try await Self.ask(
                shop, "products", "add", "lamp/1", "--name", "Desk lamp", "--price", "39.99")
            #expect(twice.code == 1 && twice.output.contains("Product exists (409)"), "\(twice.output)")
            let filled = try await Self.ask(shop, "products", "replenish", "lamp/1", "--quantity", "4", "--json")
            #expect(try Self.object(filled)["available"] as? Int == 7)
            let shown = try await Self.ask(shop, "products", "show", "lamp/1").output
            #expect(shown.contains("39.99 USD") && shown.contains("shelf=B7"), "\(shown)")
            let list = try await Self.ask(shop, "products", "list", "-n", "2")
            #expect(list.lines.count == 3 && list.lines[1].hasPrefix("lamp/1"), "\(list.output)")
            #expect(list.output.contains("there are more"))
        }
    }

    @Test func aProductIsChangedArchivedAndBroughtBack() async throws {
        try await withShop(.embedded) { shop in
            let changed = try await Self.ask(
                shop, "products", "change", "PROD-005", "--price", "9.90", "--name", "Cable", "--threshold", "7",
                "--json")
            #expect(changed.code == 0, "\(changed.output)")
            let product = try Self.object(changed)
            #expect((product["price"] as? [String: Any])?["amount"] as? Int == 990)
            #expect(product["name"] as? String == "Cable" && product["low_stock_threshold"] as? Int == 7)
            for (words, metadata) in [
                (["--metadata", "supplier=ACME", "--metadata", "shelf=B=7"], ["supplier": "ACME", "shelf": "B=7"]),
                (["--metadata", "shelf=", "--remove-metadata", "supplier"], ["shelf": ""]),
            ] {
                let noted = try await Shop.tool(
                    ["products", "change", "PROD-005", "--json"] + words,
                    environment: ["ORDERLOG_URL": [shop.order, shop.inventory, shop.order].joined(separator: ",")])
                #expect(try Self.object(noted)["metadata"] as? [String: String] == metadata, "\(noted.output)")
            }
            let archived = try await Self.ask(shop, "products", "change", "PROD-005", "--archive")
            #expect(archived.lines.first == "Product PROD-005 archived", "\(archived.output)")
            let order = try await Self.ask(
                shop, "orders", "place", "--name", "Ada", "--email", "ada@example.com", "-i", "PROD-005")
            #expect(order.code == 1 && order.output.contains("what to do: "), "\(order.output)")
            func listed(_ which: String) async throws -> Bool {
                try await Self.ask(shop, "products", "list", "--archived", which).output.contains("PROD-005")
            }
            #expect(try await listed("true"))
            #expect(try await listed("all"))
            #expect(try await !listed("false"))
            let back = try await Self.ask(shop, "products", "change", "PROD-005", "--restore")
            #expect(back.lines.first == "Product PROD-005 in_stock", "\(back.output)")
        }
    }

    @Test func anOrderHasAllThatAShopKnowsOfIt() async throws {
        try await withShop(.embedded) { shop in
            func place(_ words: String...) async throws -> ToolResult {
                try await Shop.tool(
                    ["orders", "place", "--name", "Ada", "--email", "ada@example.com", "-i", "PROD-005=2"] + words,
                    environment: [
                        "ORDERLOG_URL": [shop.order, shop.inventory, shop.notification].joined(separator: ",")
                    ])
            }
            let other = try await place("--expected-total", "25.97")
            #expect(other.code == 1 && other.output.contains("it costs 25.98 USD now"), "\(other.output)")
            let placed = try await place(
                "--expected-total", "25.98", "--customer-id", "C-7", "--note", "ring twice", "--metadata", "gift=yes",
                "--address", "line1=12 St James Sq", "--address", "city=London")
            #expect(placed.code == 0, "\(placed.output)")
            for line in ["customer id  C-7", "note         ring twice", "metadata     gift=yes"] {
                #expect(placed.output.contains(line), "\(placed.output)")
            }
            #expect(placed.output.contains("to           12 St James Sq\n             London"), "\(placed.output)")
            let id = try #require(placed.lines.first?.split(separator: " ").dropFirst().first.map(String.init))
            let shipped = try await Self.ask(
                shop, "orders", "ship", id, "--carrier", "DHL", "--tracking-number", "JD0146")
            #expect(shipped.output.contains("carrier      DHL\ntracking     JD0146"), "\(shipped.output)")
            for (words, count) in [
                (["--customer-id", "C-7"], 2), (["--customer-id", "C-8"], 0), (["--product", "PROD-005"], 2),
                (["--product", "PROD-001"], 0), (["--from", "-15m"], 2), (["--to", "-15m"], 0),
                (["--status", "shipped", "--email", "ADA@example.com"], 2),
            ] {
                let list = try await Shop.tool(
                    ["orders", "list"] + words,
                    environment: ["ORDERLOG_URL": shop.order + "," + shop.order + "," + shop.order])
                #expect(list.lines.count == count, "\(words): \(list.output)")
            }
            _ = try await shop.notifications(of: id, count: 2)
            for (words, count) in [
                (["--status", "sent", "--recipient", "ada@example.com"], 3), (["--channel", "sms"], 0),
                (["--to", "-15m"], 0),
            ] {
                let list = try await Shop.tool(
                    ["notifications", "list"] + words,
                    environment: [
                        "ORDERLOG_URL": [String](repeating: shop.notification, count: 3).joined(separator: ",")
                    ])
                #expect(list.lines.count == count, "\(words): \(list.output)")
            }
        }
    }

    @Test func aDemoFillsAnEmptyShopOnce() async throws {
        try await withShop(.embedded) { shop in
            let demo = try await Self.ask(shop, "demo", "--orders", "60", "--json")
            #expect(demo.code == 0, "\(demo.output)")
            let report = try Self.object(demo)
            let placed = try #require(report["placed"] as? Int)
            #expect(report["products_added"] as? Int == 24)
            #expect(placed + (report["refused"] as? Int ?? 0) == 60)
            #expect((report["delivered"] as? Int ?? 0) > 0 && (report["cancelled"] as? Int ?? 0) > 0)
            let list = try await Self.ask(shop, "orders", "list", "-n", "1000", "--json")
            #expect((try Self.object(list)["orders"] as? [Any])?.count == placed)
            let again = try await Self.ask(shop, "demo", "--orders", "5")
            #expect(again.code == 1 && again.output.contains("--again"), "\(again.output)")
            let more = try await Self.ask(shop, "demo", "--orders", "5", "--again")
            #expect(more.code == 0 && more.output.contains("24 replenished"), "\(more.output)")
        }
    }

    @Test func aKeyIsAskedForAndShown() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "keys-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let keys = folder.appending(path: "keys").path
        let made = try await Shop.tool(["keys", "create", "--scope", "read", "--name", "staff", "--file", keys])
        let file = folder.appending(path: "key").path
        try #require(made.lines.first).write(toFile: file, atomically: true, encoding: .utf8)
        try await withShop(.embedded, isProxied: false, options: ["--keys", keys]) { shop, _ in
            let without = try await Self.ask(shop, "orders", "list")
            #expect(
                without.code == 1 && without.output.contains("what to do: name a file with a key"), "\(without.output)")
            #expect(try await Self.ask(shop, "orders", "list", "--key-file", file).code == 0)
            let refused = try await Self.ask(shop, "orders", "cancel", "5", "--key-file", file)
            #expect(refused.code == 1 && refused.output.contains("(403)"), "\(refused.output)")
        }
    }

    @Test(arguments: [
        "orders place --name Ada --email a@b", "orders place --name Ada --email a@b --item X=0",
        "orders place --name Ada --email a@b --item X --expected-total 1,50", "orders list --status lost",
        "orders list --url ftp://shop", "orders list -n 0", "products add X --name X --price 1.999",
        "products change X", "products change X --archive --restore", "demo --over 3",
        "events tail -n 3 --from earliest", "products change X --metadata supplier",
        "products change X --metadata a=1 --remove-metadata a",
        "orders list --key-file /nowhere --url http://shop.example",
        "orders list --key-file /nowhere --url http://10.0.0.7",
        "demo --key-file /nowhere --url http://127.0.0.1,http://shop.example,http://127.0.0.1",
        "load --key-file /nowhere --target http://shop.example",
    ])
    func whatIsWrongIsUsage(_ words: String) async throws {
        let result = try await Shop.tool(words.split(separator: " ").map(String.init))
        #expect(result.code == 64, "\(result.output)")
    }

    /// On the way to this machine, by https:, or where somebody says that it may be read, the file is looked for.
    @Test(arguments: [
        "--url http://127.0.0.1:1", "--url https://shop.example", "--url http://shop.example --plain-http",
    ])
    func aKeyGoesWhereNobodyReadsIt(_ words: String) async throws {
        let command = ["orders", "list", "--key-file", "/nowhere"] + words.split(separator: " ").map(String.init)
        let result = try await Shop.tool(command)
        #expect(result.code == 1 && result.output.contains("the file of --key-file can't be read"), "\(result.output)")
    }

    @Test func whereNoShopIsItSaysWhatToDo() async throws {
        let result = try await Shop.tool(["orders", "list", "--url", "http://127.0.0.1:1"])
        #expect(result.code == 1 && result.output.contains("start the shop with `orderlog up`"), "\(result.output)")
    }
}
