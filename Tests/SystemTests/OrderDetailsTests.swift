import EventLog
import Foundation
import TestBroker
import TestDatabase
import Testing

/// An order with all that a shop says of one: it goes through the order service, the log, the messages, replay and audit as it was sent.
@Suite(.serialized) struct OrderDetailsTests {
    private static let besides = """
        "customer_id":"c-1815","shipping_address":{"name":"Ada","company":"Größe & Co","line1":"12 St James's Square",\
        "city":"London","postal_code":"SW1Y 4JH","country":"GB"},"note":"Ring twice.\\nThanks 🎁",\
        "metadata":{"channel":"web","gift":""}
        """
    private static let shipment = #""carrier":"DHL","tracking_number":"00340434161094042557""#

    private static func body(_ besides: String) -> String {
        Shop.orderBody([("PROD-001", 2)]).dropLast() + ",\(besides)}"
    }

    @Test func onSQLiteAndTheEmbeddedLog() async throws {
        try await withShop(.embedded) { shop in
            let order = try await Self.placedAndShipped(shop)
            try await Self.expectSame(shop, databases: shop.databaseURLs)
            // As if its row had another address.
            try await change(
                shop.database("order"),
                "UPDATE orders SET details = CAST(replace(CAST(details AS TEXT), 'London', 'Londen') AS BLOB)")
            let (code, output) = try await shop.runAudit()
            #expect(code == 1 && output.contains("OrderShipped tells otherwise than the order"), "\(output)")
            #expect(output.contains("order \(order)"))
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
                        try await withShop(shop) { shop in
                            _ = try await Self.placedAndShipped(shop)
                            try await Self.expectSame(shop, databases: databases)
                        }
                    }
                }
            }
        }
    }

    /// Places one, is told another total, ships it, and looks at it in each place where it can be seen.
    private static func placedAndShipped(_ shop: Shop) async throws -> String {
        let orders = shop.order + "/orders"
        let price = try #require(
            try await shop.caller.call("GET", shop.inventory + "/inventory/PROD-001").int("price.amount"))
        func expecting(_ amount: Int) -> String {
            body(besides + #","expected_total":{"amount":\#(amount),"currency":"USD"}"#)
        }
        let refused = try await shop.caller.call("POST", orders, expecting(2 * price - 1))
        #expect(refused.status == 409 && refused.string("type") == "/problems/other-total", "\(refused.text)")
        #expect(refused.int("total.amount") == 2 * price && refused.int("items.0.unit_price.amount") == price)
        #expect(try await shop.reserved("PROD-001") == 0)
        let placed = try await shop.caller.call("POST", orders, expecting(2 * price))
        #expect(placed.status == 201 && placed.text.contains(besides), "\(placed.text)")
        let id = try #require(placed.string("order_id"))
        _ = try await shop.notifications(of: id, count: 2)
        let shipped = try await shop.caller.call("POST", orders + "/\(id)/ship", "{\(shipment)}")
        #expect(shipped.status == 200 && shipped.text.contains(besides + "," + shipment), "\(shipped.text)")

        let told = try await shop.notifications(of: id, count: 4).filter { $0["type"] as? String == "order_shipped" }
        let lines = "\nCarrier: DHL\nTracking number: 00340434161094042557"
        #expect(told.count == 2 && told.allSatisfy { ($0["body"] as? String)?.contains(lines) == true }, "\(told)")
        let events = try await shop.events(of: id).map { String(decoding: $0.value ?? [], as: UTF8.self) }
        #expect(events.count == 2 && events.allSatisfy { $0.contains(besides) }, "\(events)")
        #expect(events.map { $0.contains(shipment) } == [false, true])
        for query in ["customer_id=c-1815", "product_id=PROD-001&status=shipped", "created_from=2020-01-01T00:00:00Z"] {
            let found = try await shop.caller.call("GET", orders + "?" + query).list("orders")
            #expect(found.map { $0["order_id"] as? String } == [id], "\(query)")
        }
        let later = try await shop.caller.call("GET", orders + "?created_from=2100-01-01T00:00:00Z")
        #expect(later.status == 200 && later.list("orders").isEmpty)
        return id
    }

    /// Audit, replay and the export of a customer have it, too.
    private static func expectSame(_ shop: Shop, databases: [String: String]) async throws {
        let environment = Dictionary(
            uniqueKeysWithValues: databases.map { ("\($0.uppercased())_DATABASE_URL", $1) })
        let audit = try await Shop.tool(["audit", "--wait", "40"] + shop.place, environment: environment)
        #expect(audit.code == 0, "\(audit.output)")
        let replay = try await shop.tool("replay", "notification", "--compare", databases["notification"] ?? "")
        #expect(replay.code == 0 && replay.output.contains("2 events compared: all as it is live"), "\(replay.output)")
        let places = ["order", "notification"].flatMap { ["--\($0)-database", databases[$0] ?? ""] }
        let export = try await Shop.tool(["customers", "export", "ada@example.com"] + places + shop.place)
        #expect(export.code == 0 && export.output.contains(besides + "," + shipment), "\(export.output)")
    }
}

extension Shop {
    fileprivate var databaseURLs: [String: String] {
        Dictionary(uniqueKeysWithValues: ["order", "inventory", "notification"].map { ($0, databaseURL($0)) })
    }
}
