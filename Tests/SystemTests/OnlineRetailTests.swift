import Crypto
import EventLog
import Foundation
import TestBroker
import TestProcess
import Testing

enum OnlineRetail {
    static let folder = ProcessInfo.processInfo.environment["ONLINE_RETAIL"].map { URL(filePath: $0) }

    static func addProducts(to shop: Shop, from folder: URL) async throws {
        for product in try lines(folder.appending(path: "products.ndjson.gz")) {
            let reply = try await shop.caller.call(
                "POST", shop.inventory + "/inventory", bytes: product,
                headers: [("content-type", "application/json")])
            guard reply.status == 201 else { throw Failed("a product was refused: \(reply.text)") }
        }
    }

    static func lines(_ file: URL) throws -> [[UInt8]] {
        let process = ChildProcess()
        process.executableURL = URL(filePath: "/bin/gzip")
        process.arguments = ["-dc", file.path]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return data.split(separator: UInt8(ascii: "\n")).map { Array($0) }
    }
}

/// Half a year of real orders, one by one, through real processes: exactly what must come out.
///
/// `ONLINE_RETAIL` is the folder with products.ndjson.gz, stream.ndjson.gz and expected.json.
@Suite(.serialized, .enabled(if: OnlineRetail.folder != nil, "needs the data: set ONLINE_RETAIL"))
struct OnlineRetailTests {
    private struct Expected: Decodable {
        var final_stock: [String: Int]
        var orders_201: Int
        var orders_409: Int
        var orders_422: Int
        var returns: Int
        var statuses_sha256: String
        var total_confirmed_minor_units: Int
    }

    @Test(arguments: Shop.Log.available) func theStreamComesOutAsExpected(_ log: Shop.Log) async throws {
        let folder = try #require(OnlineRetail.folder)
        let expected = try JSONDecoder().decode(
            Expected.self, from: Data(contentsOf: folder.appending(path: "expected.json")))
        try await withShop(log) { shop in
            try await OnlineRetail.addProducts(to: shop, from: folder)

            var statuses: [String] = []
            var counts: [Int: Int] = [:]
            var total = 0
            var confirmed: Set<String> = []
            var returns = 0
            for line in try OnlineRetail.lines(folder.appending(path: "stream.ndjson.gz")) {
                let entry = try #require(try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
                let invoice = try #require(entry["invoice"] as? String)
                if entry["kind"] as? String == "return" {
                    for item in entry["items"] as? [[String: Any]] ?? [] {
                        try await Self.replenish(shop, item)
                    }
                    returns += 1
                    continue
                }
                let body = try JSONSerialization.data(withJSONObject: try #require(entry["order"]))
                // Under a key, so that one which could not be answered in time on a busy machine can be said again.
                let key = "\(invoice)-\(statuses.count)"
                let headers = [("content-type", "application/json"), ("idempotency-key", key)]
                let reply = try await eventually("an answer to \(invoice)", within: .seconds(120)) {
                    let reply = try await shop.caller.call(
                        "POST", shop.order + "/orders", bytes: Array(body), headers: headers)
                    return reply.status == 503 ? nil : reply
                }
                statuses.append("\(invoice) \(reply.status)")
                counts[reply.status, default: 0] += 1
                if reply.status == 201 {
                    total += try #require(reply.int("total.amount"))
                    confirmed.insert(try #require(reply.string("order_id")))
                }
            }

            #expect(
                counts == [201: expected.orders_201, 409: expected.orders_409, 422: expected.orders_422])
            #expect(returns == expected.returns)
            #expect(total == expected.total_confirmed_minor_units)
            let digest = SHA256.hash(Array(statuses.joined(separator: "\n").utf8))
            let hex = digest.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
            #expect(hex == expected.statuses_sha256)
            try await Self.checkStock(shop, expected.final_stock)
            try await Self.checkEvents(shop, confirmed)
            try await Self.checkNotifications(shop, confirmed)
            try await Self.checkReplay(shop, confirmed.count)
        }
    }

    /// The log's events make the same notifications and the same stock again: here, and where they were brought to.
    private static func checkReplay(_ shop: Shop, _ orders: Int) async throws {
        let live = shop.databaseURL("notification")
        let here = try await shop.tool("replay", "notification", "--compare", live)
        #expect(
            here.code == 0 && here.output.contains("\(orders) events compared: all as it is live"), "\(here.output)")
        let stock = try await shop.tool("replay", "inventory", "--compare", shop.databaseURL("inventory"))
        #expect(stock.code == 0, "\(stock.output)")
        guard shop.log == .kafka else { return }

        let file = shop.folder.appending(path: "export.ndjson.gz").path
        #expect(try await shop.tool("events", "export", file, within: .seconds(120)).code == 0)
        _ = try await shop.stop()
        try await withBrokerInPlace { fresh in
            let folder = shop.folder.appending(path: "fresh")
            #expect(try await Shop.tool(["topics", "apply", "--kafka", fresh.address]).code == 0)
            let brought = try await Shop.tool(
                ["events", "import", file, "--kafka", fresh.address], within: .seconds(120))
            #expect(brought.code == 0, "\(brought.output)")
            // Only who reads may come later to a log with a past: orders and products would begin anew beside it.
            let database = "sqlite:\(folder.path)/notification.db"
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let there = try OrderlogProcess(
                [
                    "serve", "notification", "--port", "0", "--internal-port", "0", "--kafka", fresh.address,
                    "--database", database,
                ], errors: folder.appending(path: "notification.log"))
            _ = try await there.port(of: "notification")
            try await eventually("the notification service has read everything", within: .seconds(60)) {
                let group = ["groups", "describe", "notification-service", "--json", "--kafka", fresh.address]
                let result = try await Shop.tool(group)
                return result.code == 0 && result.output.contains(#""lag":0,"lag_seconds":0,"members"#)
            }
            for database in [live, database] {
                let result = try await Shop.tool(
                    ["replay", "notification", "--compare", database, "--kafka", fresh.address])
                #expect(
                    result.code == 0 && result.output.contains("\(orders) events compared: all as it is live"),
                    "\(result.output)")
            }
            let stock = try await Shop.tool(
                ["replay", "inventory", "--compare", shop.databaseURL("inventory"), "--kafka", fresh.address])
            #expect(stock.code == 0, "\(stock.output)")
            there.send(SIGTERM)
            #expect(try await there.ended(within: .seconds(60)) == 0)
        }
    }

    private static func replenish(_ shop: Shop, _ item: [String: Any]) async throws {
        guard let product = item["product_id"] as? String, let quantity = item["quantity"] as? Int,
            let segment = product.addingPercentEncoding(withAllowedCharacters: .alphanumerics)
        else { throw Failed("a return's item is \(item)") }
        let reply = try await shop.caller.call(
            "PUT", shop.inventory + "/inventory/\(segment)/replenish", #"{"quantity":\#(quantity)}"#)
        guard reply.status == 200 else { throw Failed("a return was refused: \(reply.text)") }
    }

    private static func checkStock(_ shop: Shop, _ expected: [String: Int]) async throws {
        var stock: [String: Int] = [:]
        try await forEachItem(shop, shop.inventory + "/inventory", "products") { product in
            guard let id = product["product_id"] as? String else { return }
            stock[id] = product["available"] as? Int
        }
        let differing = expected.filter { stock[$0.key] != $0.value }
        #expect(differing.isEmpty)
        #expect(stock.count == expected.count + 5, "the products of the first start are there too")
    }

    /// Exactly one OrderConfirmed for each confirmed order, and no other event of orders.
    private static func checkEvents(_ shop: Shop, _ confirmed: Set<String>) async throws {
        let log = try await shop.openLog()
        var events: [String: Int] = [:]
        try await eventually("an event for each order", within: .seconds(60)) {
            let ranges = try await log.ranges(topic: "orders")
            return ranges.reduce(0) { $0 + $1.end - $1.earliest } >= Int64(confirmed.count)
        }
        for range in try await log.ranges(topic: "orders") {
            var offset = range.earliest
            while offset < range.end {
                let records = try await log.read(
                    topic: "orders", partition: range.partition, from: offset, limit: 1_000)
                guard let last = records.last else { break }
                for record in records {
                    let id = String(decoding: record.key ?? [], as: UTF8.self)
                    #expect(record.header("ce_type") == "orderlog.OrderConfirmed.v1")
                    events[id, default: 0] += 1
                }
                offset = last.position.offset + 1
            }
        }
        await log.close()
        #expect(Set(events.keys) == confirmed)
        // Where Kafka did not say in time whether it has an event, the event may stand there again.
        #expect(events.values.allSatisfy { shop.log == .kafka ? $0 >= 1 : $0 == 1 })
    }

    /// Exactly one e-mail for each confirmed order, sent.
    private static func checkNotifications(_ shop: Shop, _ confirmed: Set<String>) async throws {
        var emails: [String: Int] = [:]
        try await eventually("an e-mail for each order", within: .seconds(120)) {
            emails = [:]
            try await forEachItem(shop, shop.notification + "/notifications", "notifications") { item in
                guard let order = item["order_id"] as? String, item["status"] as? String == "sent" else { return }
                emails[order, default: 0] += 1
            }
            return emails.count >= confirmed.count
        }
        #expect(Set(emails.keys) == confirmed)
        #expect(emails.values.allSatisfy { $0 == 1 })
    }

    /// Every item of a list, page by page.
    private static func forEachItem(
        _ shop: Shop, _ url: String, _ name: String, _ body: ([String: Any]) -> Void
    ) async throws {
        var cursor: String?
        repeat {
            let reply = try await shop.caller.call(
                "GET", url + "?limit=200" + (cursor.map { "&cursor=\($0)" } ?? ""))
            for item in reply.list(name) { body(item) }
            cursor = reply.string("next_cursor")
        } while cursor != nil
    }
}
