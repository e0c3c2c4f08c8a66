import ExactText
import HTTPAPI
import Idempotency
import Identifiers
import InventoryAPI
import JSON
import Shop
import Telemetry
import TestClock
import Testing
import Timestamps

@testable import HTTPServer
@testable import Orders

/// What a caller of the order service is answered, by the routes over an inventory and a store in memory.
@Suite(.timeLimit(.minutes(5))) struct OrderRoutesTests {
    /// The routes, without a socket before them.
    private struct Door {
        let shop: TestPlacement
        let router: HTTPRouter

        init(_ shop: TestPlacement) {
            self.shop = shop
            var api = API(OrderOperations.street, logger: .silent, problem: Problem.databaseTrouble)
            OrderRoutes(
                placement: shop.placement, store: shop.store, committed: {},
                placed: PlacedOrders(shop.metrics)
            ).add(to: &api)
            router = api.router
        }

        func send(
            _ method: String, _ path: String, _ body: String = "", key: String? = nil
        ) async throws -> Answer {
            let segments = path.dropFirst().split(separator: "/").map(String.init)
            guard case .route(let route, let values) = router.match(method, PathSegments(segments)) else {
                throw NoRoute()
            }
            var headers = [("content-type", "application/json")]
            if let key { headers.append(("idempotency-key", key)) }
            let request = HTTPRequest(
                method: method, target: path, path: path,
                parameters: HTTPParameters(names: route.parameters, values: values), headers: HTTPHeaders(headers),
                body: Array(body.utf8), route: route.pattern)
            return try Answer(await route.handler(request))
        }

        /// `query`: as it is meant, not encoded.
        func list(_ query: String) async throws -> Answer {
            guard case .route(let route, _) = router.match("GET", PathSegments(["orders"])) else { throw NoRoute() }
            let items = query.split(separator: "&").map { pair in
                let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return HTTPQueryItem(name: String(parts[0]), value: String(parts[1]))
            }
            let request = HTTPRequest(
                method: "GET", target: "/orders?\(query)", path: "/orders", query: items, route: route.pattern)
            return try Answer(await route.handler(request))
        }

        /// How many orders the metric counts with this outcome.
        func counts(_ outcome: String) -> Bool {
            shop.metrics.render().contains(#"orderlog_orders_placed_total{outcome="\#(outcome)"} 1"# + "\n")
        }
    }

    private struct NoRoute: Error {}

    private struct Answer {
        var status: Int
        var headers: [String: String]
        var text: String
        /// Members of the body that are text.
        var members: [String: String] = [:]

        init(_ response: HTTPResponse) throws {
            status = response.status
            headers = Dictionary(response.headers.map { ($0.name, $0.value) }) { first, _ in first }
            text = String(decoding: response.body, as: UTF8.self)
            var members: [String: String] = [:]
            _ = try JSON.read(response.body) { json in
                try json.object { key, json in
                    switch key {
                    case "type": members["type"] = try json.string()
                    case "detail": members["detail"] = try json.string()
                    case "order_id": members["order_id"] = try json.string()
                    default: try json.skip()
                    }
                }
            }
            self.members = members
        }

        /// The last segment of the problem's type.
        var problem: String? { members["type"]?.split(separator: "/").last.map(String.init) }
    }

    private static func body(_ items: String = #"[{"product_id":"A","quantity":2}]"#) -> String {
        #"{"customer":{"name":"Ada","email":"ada@example.com"},"items":\#(items)}"#
    }

    @Test func aPlacedOrderIsCreated() async throws {
        try await TestPlacement.run { shop in
            let door = Door(shop)
            let answer = try await door.send("POST", "/orders", Self.body())
            let id = try #require(shop.store.orders.first?.orderID.description)
            #expect(answer.status == 201 && answer.members["order_id"] == id)
            #expect(answer.headers["location"] == "/orders/\(id)" && answer.headers["idempotent-replayed"] == nil)
            #expect(door.counts("confirmed"))
        }
    }

    @Test func aReplaySaysSo() async throws {
        try await TestPlacement.run { shop in
            let door = Door(shop)
            let first = try await door.send("POST", "/orders", Self.body(), key: "k")
            let again = try await door.send("POST", "/orders", Self.body(), key: "k")
            #expect(again.status == 201 && again.text == first.text)
            #expect(again.headers["idempotent-replayed"] == "true" && door.counts("replayed"))
        }
    }

    @Test func anotherRequestUnderAKeyIsRefused() async throws {
        try await TestPlacement.run { shop in
            let door = Door(shop)
            _ = try await door.send("POST", "/orders", Self.body(), key: "k")
            let answer = try await door.send(
                "POST", "/orders", Self.body(#"[{"product_id":"A","quantity":3}]"#), key: "k")
            #expect(answer.status == 422 && answer.problem == "idempotency-key-reused")
            #expect(shop.store.orders.count == 1 && door.counts("invalid"))
        }
    }

    /// An order counts once, also where it was refused before anybody looked at what is in it.
    @Test func whatIsRefusedForItsKeyCounts() async throws {
        try await TestPlacement.run { shop in
            let door = Door(shop)
            let answer = try await door.send("POST", "/orders", Self.body(), key: "\"no end")
            #expect(answer.status == 400 && answer.problem == "invalid-idempotency-key")
            #expect(door.counts("invalid") && !door.counts("confirmed"))
        }
    }

    /// What a customer is told when stock is short has all that is short, and nothing is stored.
    @Test func tooLittleStockIsAConflict() async throws {
        let shortage = Shortage(productID: "A", requested: 2, available: 1)
        try await TestPlacement.run(answer: { _ in .shortages([shortage]) }) { shop in
            let door = Door(shop)
            let answer = try await door.send("POST", "/orders", Self.body())
            #expect(answer.status == 409 && answer.problem == "not-enough-stock")
            #expect(answer.text.contains(#""shortages":[{"product_id":"A","requested":2,"available":1}]"#))
            #expect(door.counts("not_enough_stock") && shop.store.orders.isEmpty)
        }
    }

    /// Lines of one product are one item: the line that is named is the first of the body.
    @Test func anUnknownProductIsNamedByItsLine() async throws {
        try await TestPlacement.run(answer: { _ in .unknownProducts(["B"]) }) { shop in
            let door = Door(shop)
            let items =
                #"[{"product_id":"A","quantity":1},{"product_id":"A","quantity":1},{"product_id":"B","quantity":1}]"#
            let answer = try await door.send("POST", "/orders", Self.body(items))
            #expect(answer.status == 422 && answer.problem == "invalid-fields")
            #expect(answer.text.contains(#""field":"items[2].product_id""#) && door.counts("invalid"))
        }
    }

    @Test func aProductThatIsArchivedIsNamed() async throws {
        try await TestPlacement.run(answer: { _ in .archivedProducts(["A"]) }) { shop in
            let door = Door(shop)
            let answer = try await door.send("POST", "/orders", Self.body())
            #expect(answer.status == 409 && answer.problem == "product-archived")
            #expect(answer.text.contains(#""archived_products":["A"]"#))
            #expect(door.counts("refused") && shop.store.orders.isEmpty)
        }
    }

    @Test func inventoryThatIsAwayIsToldWithATimeToTryAgain() async throws {
        try await TestPlacement.run { shop in
            let door = Door(shop)
            shop.inventory.fails(.reserve, by: .unreachable)
            let answer = try await door.send("POST", "/orders", Self.body())
            #expect(answer.status == 503 && answer.problem == "inventory-unavailable")
            #expect(answer.headers["retry-after"] == "1" && door.counts("inventory_unavailable"))
            #expect(answer.members["detail"]?.hasPrefix("The inventory service did not answer in time.") == true)
        }
    }

    @Test func anUnexpectedErrorTellsNothingOfItself() async throws {
        try await TestPlacement.run { shop in
            let door = Door(shop)
            shop.store.fails(.notCommitted)
            let answer = try await door.send("POST", "/orders", Self.body())
            #expect(answer.status == 500 && !answer.text.contains("Failed"))
        }
    }

    @Test func whoseFieldsAreWrongIsToldAllOfThem() async throws {
        try await TestPlacement.run { shop in
            let door = Door(shop)
            let answer = try await door.send("POST", "/orders", #"{"customer":{"name":"","email":"x"},"items":[]}"#)
            #expect(answer.status == 422)
            for field in ["customer.name", "customer.email", "items"] {
                #expect(answer.text.contains(#""field":"\#(field)""#))
            }
            #expect(shop.inventory.calls.isEmpty)
        }
    }

    /// An earlier version may have taken what is refused today: the order that it made of the key is the answer.
    @Test func aKeyWithAnAnswerIsAnsweredWhateverItsFields() async throws {
        try await TestPlacement.run { shop in
            let door = Door(shop)
            let refused = #"{"customer":{"name":"","email":"x"},"items":[]}"#
            let request = RequestFingerprint(
                method: "POST", path: "/orders", body: Array(refused.utf8), route: "POST /orders", values: nil)
            var order = try Order.confirmed(
                .time(), customer: .init(name: "A", email: "a@b", phone: nil),
                items: TestPlacement.items.map { MemoryInventory.item($0) }, at: shop.clock.time)
            order.requestHash = request.sent
            order.orderID = try await shop.store.keySecret().identifier(of: try shop.key("k"), attempt: 0)
            _ = try await shop.store.confirm([ConfirmedOrder(order, traceparent: nil)])
            let answer = try await door.send("POST", "/orders", refused, key: "k")
            #expect(answer.status == 201 && answer.members["order_id"] == order.orderID.description)
        }
    }

    private static let besides = """
        "customer_id":"c-1815","shipping_address":{"name":"Ada","line1":"12 St James's Square","city":"London",\
        "postal_code":"SW1Y 4JH","country":"GB"},"note":"Ring twice.\\nThanks","metadata":{"a":"","channel":"web"}
        """

    private static func whole(_ besides: String) -> String { body().dropLast() + "," + besides + "}" }

    @Test func whatAnOrderHasBesidesIsAnswered() async throws {
        try await TestPlacement.run { shop in
            let door = Door(shop)
            let placed = try await door.send("POST", "/orders", Self.whole(Self.besides))
            #expect(placed.status == 201 && placed.text.contains(Self.besides), "\(placed.text)")
            let id = try #require(placed.members["order_id"])
            let sent = #"{"carrier":"DHL","tracking_number":"0034"}"#
            let shipped = try await door.send("POST", "/orders/\(id)/ship", sent)
            #expect(shipped.status == 200 && shipped.text.contains(#""carrier":"DHL","tracking_number":"0034""#))
            #expect(shipped.text.contains(Self.besides))
            for again in [sent, "{}", "", #"{"carrier":null,"tracking_number":""}"#] {
                #expect(try await door.send("POST", "/orders/\(id)/ship", again).text == shipped.text)
            }
            let other = try await door.send("POST", "/orders/\(id)/ship", #"{"carrier":"UPS"}"#)
            #expect(other.status == 409 && other.problem == "illegal-move")
            #expect(try await door.send("GET", "/orders/\(id)").text == shipped.text)
        }
    }

    /// Nothing of it, in whatever words, is the same as none.
    @Test func whatIsEmptyIsNotKept() async throws {
        try await TestPlacement.run { shop in
            let door = Door(shop)
            let empty =
                #""customer_id":null,"shipping_address":{"city":""},"note":" ","metadata":{},"expected_total":null"#
            let placed = try await door.send("POST", "/orders", Self.whole(empty), key: "k")
            #expect(placed.status == 201 && shop.store.orders.first?.details == nil)
            let again = try await door.send("POST", "/orders", Self.body(), key: "k")
            #expect(again.headers["idempotent-replayed"] == "true" && again.text == placed.text)
        }
    }

    /// Members in another order make no other request; another word does.
    @Test func aRequestIsKnownByAllOfIt() async throws {
        try await TestPlacement.run { shop in
            let door = Door(shop)
            let first = try await door.send("POST", "/orders", Self.whole(Self.besides), key: "k")
            let turned = Self.besides.replacing(#""a":"","channel":"web""#, with: #""channel":"web","a":"""#)
            let again = try await door.send("POST", "/orders", Self.whole(turned), key: "k")
            #expect(again.status == 201 && again.text == first.text)
            for (old, new) in [("c-1815", "c-1816"), ("London", "Londen"), ("twice", "once"), ("web", "app")] {
                let other = Self.whole(Self.besides.replacing(old, with: new))
                let answer = try await door.send("POST", "/orders", other, key: "k")
                #expect(answer.problem == "idempotency-key-reused", "\(new)")
            }
            #expect(try await door.send("POST", "/orders", Self.body(), key: "k").problem == "idempotency-key-reused")
            #expect(shop.store.orders.count == 1)
        }
    }

    @Test func aMisspelledMemberIsRefused() async throws {
        try await TestPlacement.run { shop in
            let door = Door(shop)
            for (body, field, message) in [
                (#"{"custommer":{}}"#, "custommer", "unknown member `custommer`: did you mean `customer`?"),
                (
                    Self.body(#"[{"product_id":"A","quantity":1,"quantitiy":2}]"#), "items[0].quantitiy",
                    "unknown member `quantitiy`: did you mean `quantity`?"
                ),
                (
                    Self.whole(#""shipping_address":{"zip":"1"}"#), "shipping_address.zip",
                    "unknown member `zip`: here are `name`, `company`, "
                ),
                (
                    Self.whole(#""expected_total":{"ammount":1,"currency":"USD"}"#), "expected_total.ammount",
                    "unknown member `ammount`: did you mean `amount`?"
                ),
            ] {
                let answer = try await door.send("POST", "/orders", body)
                #expect(answer.status == 422 && answer.problem == "invalid-fields")
                #expect(answer.text.contains(#"{"field":"\#(field)","message":"\#(message)"#), "\(answer.text)")
            }
            #expect(shop.inventory.calls.isEmpty)
            let id = try await shop.place().order.orderID
            for (move, member) in [("ship", "carier"), ("deliver", "at"), ("cancel", "why")] {
                let answer = try await door.send("POST", "/orders/\(id)/\(move)", #"{"\#(member)":"x"}"#)
                #expect(answer.status == 422 && answer.text.contains("unknown member `\(member)`"), "\(answer.text)")
            }
            #expect(shop.store.orders.map(\.status) == [.confirmed])
        }
    }

    @Test func anotherTotalIsToldWithTodaysPrices() async throws {
        try await TestPlacement.run { shop in
            let door = Door(shop)
            let answer = try await door.send(
                "POST", "/orders", Self.whole(#""expected_total":{"amount":299,"currency":"USD"}"#))
            #expect(answer.status == 409 && answer.problem == "other-total" && door.counts("other_total"))
            #expect(
                answer.text.contains(#""total":{"amount":300,"currency":"USD"},"items":[{"product_id":"A","#)
                    && answer.text.contains(#""unit_price":{"amount":150,"currency":"USD"}"#), "\(answer.text)")
            #expect(shop.store.orders.isEmpty && shop.inventory.reserved.isEmpty)
            let right = try await door.send(
                "POST", "/orders", Self.whole(#""expected_total":{"amount":300,"currency":"USD"}"#))
            #expect(right.status == 201)
        }
    }

    @Test func ordersAreFoundByWhatTheQuerySays() async throws {
        try await TestPlacement.run { shop in
            let door = Door(shop)
            let placed = try await door.send("POST", "/orders", Self.whole(Self.besides))
            let id = try #require(placed.members["order_id"])
            let created = try #require(shop.store.orders.first?.createdAt)
            let (then, later) = (created.rfc3339, created.advanced(bySeconds: 0.001).rfc3339)
            for (query, isFound) in [
                ("customer_id=c-1815", true), ("customer_id=c", false), ("product_id=A", true),
                ("product_id=B", false), ("created_from=\(then)", true), ("created_from=\(later)", false),
                ("created_to=\(then)", false), ("created_to=\(later)", true),
                ("status=confirmed&customer_id=c-1815&customer_email=ADA@example.com&product_id=A", true),
            ] {
                let answer = try await door.list(query)
                #expect(answer.status == 200 && answer.text.contains(id) == isFound, "\(query): \(answer.text)")
            }
            for (query, field) in [
                ("created_from=yesterday", "created_from"), ("created_to=2026-01-31", "created_to"),
                ("customer_id=", "customer_id"), ("product_id=a\u{0}", "product_id"),
            ] {
                let answer = try await door.list(query)
                #expect(answer.status == 422 && answer.text.contains(#""field":"\#(field)""#), "\(answer.text)")
            }
        }
    }

    @Test func whatIsNotThereIsNotFound() async throws {
        try await TestPlacement.run { shop in
            let door = Door(shop)
            for (method, path) in [
                ("GET", "/orders/\(Identifier.time())"), ("GET", "/orders/x"),
                ("POST", "/orders/\(Identifier.time())/ship"),
            ] {
                let answer = try await door.send(method, path)
                #expect(answer.status == 404 && answer.problem == "not-found")
            }
        }
    }

    @Test func movesGoOneWay() async throws {
        try await TestPlacement.run { shop in
            let door = Door(shop)
            let id = try await shop.place().order.orderID
            for (verb, status) in [("ship", "shipped"), ("ship", "shipped"), ("deliver", "delivered")] {
                let answer = try await door.send("POST", "/orders/\(id)/\(verb)")
                #expect(answer.status == 200 && answer.text.contains(#""status":"\#(status)""#))
            }
            let answer = try await door.send("POST", "/orders/\(id)/cancel", #"{"reason":"twice"}"#)
            #expect(answer.status == 409 && answer.problem == "illegal-move")
            #expect(answer.members["detail"] == "An order that is delivered can't become cancelled.")
        }
    }

    @Test func aCancelledOrderHasItsReason() async throws {
        try await TestPlacement.run { shop in
            let door = Door(shop)
            let id = try await shop.place().order.orderID
            let answer = try await door.send("POST", "/orders/\(id)/cancel", #"{"reason":"twice"}"#)
            #expect(answer.status == 200 && answer.text.contains(#""reason":"twice""#))
            #expect(shop.store.orders.map(\.status) == [.cancelled])
        }
    }
}
