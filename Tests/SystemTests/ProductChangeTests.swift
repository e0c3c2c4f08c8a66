import EventLog
import Foundation
import TestBroker
import TestDatabase
import Testing

/// A product gets another price, is archived and comes back: orders, events, replay, audit.
@Suite struct ProductChangeTests {
    @Test func onSQLiteAndTheEmbeddedLog() async throws {
        try await withShop(.embedded) { shop in
            try await Self.goesThroughAll(shop, [:])
        }
    }

    @Test(.enabled(if: Replicas.areAvailable, "needs Kafka and PostgreSQL: set KAFKA_HOME and POSTGRES_URL"))
    func onPostgreSQLAndKafka() async throws {
        try await withBroker { broker in
            try await TestPostgreSQL.withURL { order in
                try await TestPostgreSQL.withURL { inventory in
                    try await TestPostgreSQL.withURL { notification in
                        let databases = ["order": order, "inventory": inventory, "notification": notification]
                        let shop = try await Shop(.kafka, kafka: broker.address, databases: databases)
                        try await withShop(shop) { try await Self.goesThroughAll($0, databases) }
                    }
                }
            }
        }
    }

    private static func change(_ shop: Shop, _ patch: String) async throws -> Reply {
        try await shop.caller.call(
            "PATCH", shop.inventory + "/inventory/LAMP", patch,
            headers: [("content-type", "application/merge-patch+json")])
    }

    /// The ids of the products that are listed.
    private static func listed(_ shop: Shop, _ query: String) async throws -> [String] {
        try await shop.caller.call("GET", shop.inventory + "/inventory" + query).list("products").compactMap {
            $0["product_id"] as? String
        }
    }

    /// Databases and log agree, and the stock that is built from the log is the one that is live.
    private static func expectAgreement(_ shop: Shop, _ databases: [String: String]) async throws {
        let arguments = databases.isEmpty ? shop.auditArguments() : shop.place
        let audit = try await Shop.tool(
            ["audit"] + arguments,
            environment: Dictionary(
                uniqueKeysWithValues: databases.map { ("\($0.uppercased())_DATABASE_URL", $1) }),
            within: .seconds(120))
        #expect(audit.code == 0, "\(audit.output)")
        let live = databases["inventory"] ?? shop.databaseURL("inventory")
        let replay = try await shop.tool("replay", "inventory", "--compare", live)
        #expect(replay.code == 0 && replay.output.contains("all as it is live"), "\(replay.output)")
    }

    private static func goesThroughAll(_ shop: Shop, _ databases: [String: String]) async throws {
        try await shop.addProduct("LAMP", quantity: 20, price: 1_000)
        let early = try #require(try await shop.place([("LAMP", 2)]).string("order_id"))
        let changed = try await change(
            shop, #"{"name":"Desk lamp","price":{"amount":1500,"currency":"USD"},"metadata":{"supplier":"ACME"}}"#)
        #expect(changed.status == 200 && changed.string("name") == "Desk lamp", "\(changed.text)")
        #expect(changed.int("price.amount") == 1_500 && changed.string("metadata.supplier") == "ACME")
        #expect(changed.int("available") == 18 && changed["archived"] as? Bool == false)
        #expect(try await change(shop, #"{"name":"Desk lamp"}"#).text == changed.text, "nothing is otherwise")
        let late = try await shop.place([("LAMP", 3)])
        #expect(late.int("total.amount") == 4_500 && late.string("items.0.name") == "Desk lamp", "\(late.text)")
        let kept = try await shop.caller.call("GET", shop.order + "/orders/\(early)")
        #expect(kept.int("total.amount") == 2_000 && kept.string("items.0.name") == "LAMP")

        #expect(try await change(shop, #"{"archived":true}"#).status == 200)
        let refused = try await shop.place([("LAMP", 1), ("PROD-001", 1)])
        #expect(refused.status == 409 && refused.string("type") == "/problems/product-archived", "\(refused.text)")
        #expect(refused["archived_products"] as? [String] == ["LAMP"])
        #expect(try await shop.available("PROD-001") == 100)
        #expect(try await !listed(shop, "").contains("LAMP"))
        #expect(try await listed(shop, "?archived=true") == ["LAMP"])
        #expect(try await listed(shop, "?archived=all").first == "LAMP")
        let status = try await shop.caller.call("GET", shop.inventory + "/inventory/LAMP/status")
        #expect(status["archived"] as? Bool == true && status.string("status") == "in_stock")

        // What was ordered goes its way, and stock is added.
        let last = try #require(late.string("order_id"))
        for (order, move) in [(early, "ship"), (last, "cancel")] {
            let reply = try await shop.caller.call("POST", shop.order + "/orders/\(order)/\(move)", "{}")
            #expect(reply.status == 200, "\(reply.text)")
        }
        try await eventually("the stock of both orders has moved", within: .seconds(60)) {
            let product = try await shop.caller.call("GET", shop.inventory + "/inventory/LAMP")
            return product.int("available") == 18 && product.int("reserved") == 0
        }
        let replenished = try await shop.caller.call(
            "PUT", shop.inventory + "/inventory/LAMP/replenish", #"{"quantity":2}"#)
        #expect(replenished.status == 200 && replenished.int("available") == 20)
        try await expectAgreement(shop, databases)

        #expect(try await change(shop, #"{"archived":false,"metadata":null}"#).status == 200)
        #expect(try await shop.place([("LAMP", 1)]).status == 201)
        let types = try await eventually("the events of LAMP", within: .seconds(60)) {
            let events = try await shop.events(of: "LAMP", on: "inventory")
            return events.count >= 5 ? events.map { $0.header("ce_type") ?? "" } : nil
        }
        #expect(
            types
                == ["ProductAdded", "ProductChanged", "ProductChanged", "StockReplenished", "ProductChanged"].map {
                    "orderlog.\($0).v1"
                })
        try await expectAgreement(shop, databases)
    }

    @Test func whatCannotBeIsRefused() async throws {
        try await withShop(.embedded) { shop in
            try await shop.addProduct("LAMP", quantity: 1)
            for patch in [
                #"{"name":""}"#, #"{"price":{"amount":-1,"currency":"USD"}}"#, #"{"price":{"amount":1}}"#,
                #"{"low_stock_threshold":-1}"#, #"{"archived":null}"#, #"{"metadata":{"a":1}}"#, "[]",
            ] {
                let reply = try await Self.change(shop, patch)
                #expect(reply.status == 422 && !reply.list("errors").isEmpty, "\(patch): \(reply.text)")
            }
            let many = (0...50).map { #""k\#($0)":"v""# }.joined(separator: ",")
            let tooMany = try await Self.change(shop, #"{"metadata":{\#(many)}}"#)
            #expect(tooMany.status == 422 && tooMany.string("errors.0.field") == "metadata", "\(tooMany.text)")
            let unknown = try await shop.caller.call("PATCH", shop.inventory + "/inventory/NOTHING", "{}")
            #expect(unknown.status == 404)
            #expect(try await shop.events(of: "LAMP", on: "inventory").count <= 1)
        }
    }
}
