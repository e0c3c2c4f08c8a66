import Causes
import Databases
import ExactText
import HTTPAPI
import Idempotency
import Identifiers
import SQLite
import Shop
import Telemetry
import TestClock
import TestDatabase
import Testing
import Timestamps

@testable import HTTPServer
@testable import Orders

/// What earlier versions took and today's rules refuse: it is found, and its repeat gets the answer.
@Suite struct KeptTextTests {
    private struct NoRoute: Error {}

    private static func request(key: String, quantity: Int = 2) -> HTTPRequest {
        HTTPRequest(
            method: "POST", target: "/orders", path: "/orders",
            headers: HTTPHeaders([(name: "idempotency-key", value: key)]),
            body: Array(
                """
                {"customer":{"name":"Ada","email":"ada@example..com"},"items":[{"product_id":"A","quantity":\(quantity)}]}
                """.utf8), route: "/orders")
    }

    private static func answer(_ api: API, _ request: HTTPRequest) async throws -> HTTPResponse {
        guard case .route(let route, _) = api.router.match(request.method, PathSegments(["orders"])) else {
            throw NoRoute()
        }
        return await route.handler(request)
    }

    /// An API of orders, and the id of one that is shipped, as an earlier version placed it by `request(key: "cart")`.
    private static func withAPI(_ body: (API, Identifier) async throws -> Void) async throws {
        try await withDatabase(SQLiteOrderMigrations.all) { database in
            let store = SQLiteOrderStore(database)
            let key = try #require(try request(key: "cart").idempotencyKey(values: { nil }))
            let order = try Order.confirmed(
                key.formerIdentifier(), customer: .init(name: "Ada", email: "ada@example..com", phone: nil),
                items: [.init(productID: "A", name: "a", quantity: 2, unitPrice: Money(amount: 5, currency: "USD"))],
                requestHash: key.request.sent, at: .now())
            _ = try await store.confirm([ConfirmedOrder(order, traceparent: nil)])
            _ = try await store.move([MoveRequest(orderID: order.orderID, move: .ship(nil), cause: .unknown)])

            let inventory = MemoryInventory(TestClock())
            inventory.fails(.reserve, .list, by: .unreachable)
            let placement = OrderPlacement(
                inventory: inventory, store: store, secret: try await store.keySecret(), maximumWaiting: 10,
                logger: .silent, committed: {})
            var api = API(OrderOperations.street, logger: .silent, problem: { _ in nil })
            OrderRoutes(
                placement: placement, store: store, committed: {},
                placed: PlacedOrders(Metrics())
            ).add(to: &api)
            try await body(api, order.orderID)
            await placement.stop()
        }
    }

    @Test func aRepeatGetsTheFirstAnswer() async throws {
        try await Self.withAPI { api, id in
            let response = try await Self.answer(api, Self.request(key: "cart"))
            #expect(response.status == 201)
            #expect(response.headers.contains { $0.name == "idempotent-replayed" && $0.value == "true" })
            #expect(response.headers.contains { $0.name == "location" && $0.value == "/orders/\(id)" })
            #expect(String(decoding: response.body, as: UTF8.self).contains(#""status":"confirmed""#))
        }
    }

    @Test func whatIsNoRepeatIsRefused() async throws {
        try await Self.withAPI { api, _ in
            for request in [Self.request(key: "cart", quantity: 3), Self.request(key: "other")] {
                let response = try await Self.answer(api, request)
                #expect(response.status == 422)
                #expect(String(decoding: response.body, as: UTF8.self).contains("/problems/invalid-fields"))
            }
        }
    }

    @Test func itsAddressIsLookedFor() async throws {
        try await Self.withAPI { api, id in
            let response = try await Self.answer(
                api,
                HTTPRequest(
                    method: "GET", target: "/orders", path: "/orders",
                    query: [HTTPQueryItem(name: "customer_email", value: "ada@example..com")], route: "/orders"))
            #expect(response.status == 200)
            #expect(String(decoding: response.body, as: UTF8.self).contains("\(id)"))
        }
    }
}
