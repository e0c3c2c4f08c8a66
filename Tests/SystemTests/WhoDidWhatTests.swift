import EventLog
import Foundation
import TestBroker
import TestDatabase
import TestProcess
import Testing

/// Two callers, each with a key: who asked for what stands in the events, in the orders' history and in the log, by the key's
/// name; and the keys themselves stand nowhere.
@Suite(.serialized) struct WhoDidWhatTests {
    private static let names = ["web.shop", "staff-2"]

    /// A shop that asks for keys, and the two.
    private struct Keyed {
        let shop: Shop
        let keys: [String]

        func call(
            _ number: Int?, _ method: String, _ url: String, _ body: String? = nil, claiming name: String? = nil
        ) async throws -> Reply {
            try await shop.caller.call(
                method, url, body,
                headers: [("content-type", "application/json")]
                    + (number.map { [("authorization", "Bearer \(keys[$0])")] } ?? [])
                    // What the services tell each other by counts at the inside door alone.
                    + (name.map { [("orderlog-caller", $0)] } ?? []))
        }

        /// All that a reader finds on a topic.
        func events(_ topic: String, key: String) async throws -> [StoredRecord] {
            try await shop.withLog { log in
                var events: [StoredRecord] = []
                for range in try await log.ranges(topic: topic) {
                    var offset = range.earliest
                    while offset < range.end {
                        let records = try await log.read(
                            topic: topic, partition: range.partition, from: offset, limit: 1_000)
                        guard let last = records.last else { break }
                        events += records.filter { $0.key == Array(key.utf8) }
                        offset = last.position.offset + 1
                    }
                }
                return events
            }
        }

        /// `OrderConfirmed by web.shop`, once there are so many.
        func told(_ topic: String, key: String, count: Int) async throws -> [String] {
            let told = try await eventually("\(count) events of \(key)", within: .seconds(60)) {
                let found = try await events(topic, key: key)
                return found.count >= count ? found : nil
            }
            return told.map { event in
                let type = (event.header("ce_type") ?? "").split(separator: ".").dropFirst().first ?? ""
                #expect((event.header("ce_authtype") == nil) == (event.header("ce_authid") == nil))
                #expect(event.header("ce_authtype") ?? "api_key" == "api_key")
                return "\(type) by \(event.header("ce_authid") ?? "nobody")"
            }
        }
    }

    private static func with(
        _ log: Shop.Log, kafka: String? = nil, databases: [String: String] = [:], keyed: Bool = true,
        _ body: (Keyed) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "who-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "keys").path
        var keys: [String] = []
        for (name, scopes) in zip(names + ["reader"], ["place,operate,read", "place,operate,read", "read"]) {
            let made = try await Shop.tool([
                "keys", "create", "--scope", scopes, "--name", name, "--file", file,
            ])
            keys.append(String(try #require(made.lines.first { $0.hasPrefix("ol_") })))
        }
        let shop = try await Shop(
            log, kafka: kafka, databases: databases, options: keyed ? ["--keys", file] : [])
        try await withShop(shop) { try await body(Keyed(shop: $0, keys: keys)) }
    }

    @Test func onSQLiteAndTheEmbeddedLog() async throws {
        try await withSlots(1) {
            try await Self.with(.embedded) { keyed in
                try await Self.eachKindOfWrite(keyed)
                try await Self.toolsKeepIt(keyed)
                #expect(try await keyed.shop.stop() == [0])
                try Self.expectNoKey(of: keyed, in: [:])
            }
        }
    }

    @Test(.enabled(if: Replicas.areAvailable, "needs Kafka and PostgreSQL: set KAFKA_HOME and POSTGRES_URL"))
    func onPostgreSQLAndKafka() async throws {
        try await withBroker { broker in
            try await TestPostgreSQL.withURL { order in
                try await TestPostgreSQL.withURL { inventory in
                    try await TestPostgreSQL.withURL { notification in
                        let databases = ["order": order, "inventory": inventory, "notification": notification]
                        try await Self.with(.kafka, kafka: broker.address, databases: databases) { keyed in
                            try await Self.eachKindOfWrite(keyed)
                            #expect(try await keyed.shop.stop() == [0, 0, 0])
                            try Self.expectNoKey(of: keyed, in: try await Self.rows(of: databases))
                        }
                    }
                }
            }
        }
    }

    /// Where nobody is asked for a key, nobody is named: not even who claims to be somebody.
    @Test func withoutKeysNobodyIsNamed() async throws {
        try await withSlots(1) {
            try await Self.with(.embedded, keyed: false) { keyed in
                let shop = keyed.shop
                let reply = try await keyed.call(
                    nil, "POST", shop.order + "/orders", Shop.orderBody([("PROD-004", 75)]), claiming: "staff-2")
                let id = try #require(reply.string("order_id"))
                #expect(reply.list("history").map { $0["by"] as? String } == [nil])
                #expect(try await keyed.told("orders", key: id, count: 1) == ["OrderConfirmed by nobody"])
                #expect(
                    try await keyed.told("inventory", key: "PROD-004", count: 2)
                        == ["ProductAdded by nobody", "StockStatusChanged by nobody"])
                let lines = try await Self.writes(of: shop, count: 1)
                #expect(
                    lines.count == 1 && lines[0].contains("route=/orders ") && !lines[0].contains("caller="), "\(lines)"
                )
            }
        }
    }

    private static func eachKindOfWrite(_ keyed: Keyed) async throws {
        let shop = keyed.shop
        let (web, staff) = (0, 1)
        func order(_ caller: Int, _ items: [(String, Int)]) async throws -> String {
            let reply = try await keyed.call(
                caller, "POST", shop.order + "/orders", Shop.orderBody(items), claiming: names[1 - caller])
            #expect(reply.status == 201)
            return try #require(reply.string("order_id"))
        }
        func move(_ caller: Int, _ id: String, _ move: String, _ status: Int = 200) async throws {
            #expect(try await keyed.call(caller, "POST", shop.order + "/orders/\(id)/\(move)").status == status)
        }
        func history(_ id: String) async throws -> [String] {
            try await keyed.call(web, "GET", shop.order + "/orders/\(id)").list("history").map {
                "\($0["status"] ?? "") by \($0["by"] ?? "nobody")"
            }
        }

        // Products by staff, and the web shop's orders bring one of them down.
        let product = #"{"product_id":"TEA","name":"Tea","price":{"amount":500,"currency":"EUR"},"quantity":20}"#
        #expect(try await keyed.call(staff, "POST", shop.inventory + "/inventory", product).status == 201)
        for (caller, verb) in [(staff, "replenish"), (web, "reserve")] {
            let reply = try await keyed.call(
                caller, "PUT", shop.inventory + "/inventory/TEA/\(verb)", #"{"quantity":5}"#)
            #expect(reply.status == 200)
        }
        let sent = try await order(web, [("TEA", 15)])
        try await move(staff, sent, "ship")
        try await move(web, sent, "ship")
        try await move(web, sent, "deliver")
        try await move(staff, sent, "cancel", 409)
        let called = try await order(staff, [("PROD-004", 75)])
        // What inventory reads together is one change of its stock, which names nobody where two had it done.
        _ = try await keyed.told("orders", key: sent, count: 3)
        _ = try await keyed.told("orders", key: called, count: 1)
        try await shop.awaitGroup("inventory-service")
        try await move(web, called, "cancel")
        let notify =
            #"{"order_id":"\#(sent)","type":"custom","recipient":{"email":"ada@example.com"},"message":"Hello"}"#
        #expect(try await keyed.call(staff, "POST", shop.notification + "/notify", notify).status == 201)
        let stranger = try await keyed.call(nil, "POST", shop.order + "/orders/\(sent)/deliver")
        #expect(stranger.status == 401)
        // A good key, and not for this: whose it is is known.
        let reader = 2
        #expect(try await keyed.call(reader, "POST", shop.order + "/orders/\(called)/ship").status == 403)

        #expect(
            try await history(sent) == ["confirmed by web.shop", "shipped by staff-2", "delivered by web.shop"])
        #expect(try await history(called) == ["confirmed by staff-2", "cancelled by web.shop"])
        #expect(
            try await keyed.told("orders", key: sent, count: 3)
                == ["OrderConfirmed by web.shop", "OrderShipped by staff-2", "OrderDelivered by web.shop"])
        #expect(
            try await keyed.told("orders", key: called, count: 2)
                == ["OrderConfirmed by staff-2", "OrderCancelled by web.shop"])
        #expect(
            try await keyed.told("inventory", key: "TEA", count: 4) == [
                "ProductAdded by staff-2", "StockReplenished by staff-2", "StockTaken by web.shop",
                "StockStatusChanged by web.shop",
            ])
        // Taken for the order of one, and given back for the event of the other.
        #expect(
            try await keyed.told("inventory", key: "PROD-004", count: 3)
                == ["ProductAdded by nobody", "StockStatusChanged by staff-2", "StockStatusChanged by web.shop"])

        let lines = try await writes(of: shop, count: 13)
        let written = lines.map { line in
            ["method", "route", "status", "caller"].map { field(line, $0) ?? "-" }.joined(separator: " ")
        }
        #expect(
            written.sorted()
                == [
                    "POST /inventory 201 staff-2", "PUT /inventory/{product_id}/replenish 200 staff-2",
                    "PUT /inventory/{product_id}/reserve 200 web.shop", "POST /orders 201 web.shop",
                    "POST /orders/{order_id}/ship 200 staff-2", "POST /orders/{order_id}/ship 200 web.shop",
                    "POST /orders/{order_id}/deliver 200 web.shop", "POST /orders/{order_id}/cancel 409 staff-2",
                    "POST /orders 201 staff-2", "POST /orders/{order_id}/cancel 200 web.shop",
                    "POST /notify 201 staff-2", "POST /orders/{order_id}/deliver 401 -",
                    "POST /orders/{order_id}/ship 403 reader",
                ].sorted())
        #expect(lines.allSatisfy { field($0, "trace_id")?.count == 32 && field($0, "duration_ms") != nil })
        #expect(lines.allSatisfy { !$0.contains(sent) && !$0.contains("ada@") && !$0.contains("TEA") })
    }

    /// What was written to a file and read back, and what was taken again from the outbox, names whom it named.
    private static func toolsKeepIt(_ keyed: Keyed) async throws {
        let file = keyed.shop.folder.appending(path: "events.ndjson").path
        #expect(try await keyed.shop.tool("events", "export", file).code == 0)
        let text = try String(contentsOfFile: file, encoding: .utf8)
        #expect(text.contains("ce_authid") && names.allSatisfy { text.contains($0) })
    }

    // MARK: - Where names and keys stand

    /// The lines of requests that could change something, of all services, once there are so many.
    private static func writes(of shop: Shop, count: Int) async throws -> [String] {
        try await eventually("\(count) lines of writes", within: .seconds(60)) {
            let logs = try FileManager.default.contentsOfDirectory(atPath: shop.folder.path)
                .filter { $0.hasSuffix(".log") }
            let lines = try logs.flatMap { name in
                try String(contentsOf: shop.folder.appending(path: name), encoding: .utf8).split(separator: "\n")
                    .map(String.init).filter { $0.contains("a request was ") }
            }
            return lines.count >= count ? lines : nil
        }
    }

    private static func field(_ line: String, _ name: String) -> String? {
        line.split(separator: " ").first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
    }

    /// All rows of all tables of each database, as text.
    private static func rows(of databases: [String: String]) async throws -> [String: String] {
        var texts: [String: String] = [:]
        for (service, url) in databases {
            let tables = try await TestPostgreSQL.rows(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'", in: url)
            for table in tables {
                texts["\(service).\(table)"] = try await TestPostgreSQL.rows(
                    "SELECT encode(convert_to(t::text, 'UTF8'), 'escape') FROM \(table) AS t", in: url
                ).joined(separator: "\n")
            }
        }
        return texts
    }

    /// Every file that the shop has written is looked through, and `rows`, for the keys.
    private static func expectNoKey(of keyed: Keyed, in rows: [String: String]) throws {
        var files = 0
        let secrets = keyed.keys.map { Data($0.dropFirst(3).utf8) }
        for path in try FileManager.default.subpathsOfDirectory(atPath: keyed.shop.folder.path) {
            guard let data = FileManager.default.contents(atPath: keyed.shop.folder.appending(path: path).path) else {
                continue
            }
            files += 1
            for secret in secrets { #expect(data.range(of: secret) == nil, "a key stands in \(path)") }
        }
        #expect(files >= 3)
        for (table, text) in rows {
            for key in keyed.keys { #expect(!text.contains(key.dropFirst(3)), "a key stands in \(table)") }
        }
    }
}
