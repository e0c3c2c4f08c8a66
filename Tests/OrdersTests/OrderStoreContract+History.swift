import Causes
import Databases
import EventLog
import ExactText
import Identifiers
import Outbox
import Shop
import Testing
import Timestamps

@testable import Orders

extension OrderStoreContract {
    private static let shop = CallerName("shop")
    private static let staff = CallerName("staff.2")

    /// Each step in the history, and each event, has who asked for it; a repeat changes nothing of that.
    func keepsWhoDidWhat() async throws {
        let order = try Order.confirmed(
            .time(), customer: .init(name: "Ada", email: "ada@example.com", phone: nil),
            items: [.init(productID: "A", name: "a", quantity: 2, unitPrice: Money(amount: 150, currency: "USD"))],
            by: Self.shop, at: .now())
        let id = order.orderID
        let before = try await outbox.pending(limit: 10_000).count
        _ = try await store.confirm([ConfirmedOrder(order, traceparent: "t1")])
        #expect(try await store.order(id) == order)
        let staff = Cause(traceparent: "t2", caller: Self.staff)
        _ = try await store.move([
            MoveRequest(orderID: id, move: .ship(nil), cause: staff),
            MoveRequest(orderID: id, move: .ship(nil), cause: Cause(caller: Self.shop)),
            MoveRequest(orderID: id, move: .deliver, cause: .unknown),
        ])
        let known = try #require(try await store.order(id))
        #expect(known.history.map(\.status) == [.confirmed, .shipped, .delivered])
        #expect(known.history.map(\.by) == [Self.shop, Self.staff, nil])
        #expect(known.history.map(\.at) == [order.createdAt, known.history[1].at, known.updatedAt])
        #expect(known.asConfirmed == order)
        #expect(
            try await outbox.pending(limit: 10_000).dropFirst(before).map(\.event.event.cause)
                == [Cause(traceparent: "t1", caller: Self.shop), staff, .unknown])
    }

    /// `change` runs SQL as an earlier version would. What it wrote has no history, and its moves leave one behind.
    func knowsWhatCanBeKnown(_ change: (_ sql: String) async throws -> Void) async throws {
        func known(_ sql: String, after moves: [OrderMove] = []) async throws -> Order {
            let confirmed = try order()
            _ = try await store.confirm([confirmed])
            for move in moves {
                _ = try await store.move([
                    MoveRequest(orderID: confirmed.order.orderID, move: move, cause: Cause(caller: Self.staff))
                ])
            }
            try await change(sql + " WHERE position = (SELECT max(position) FROM orders)")
            return try #require(try await store.order(confirmed.order.orderID))
        }
        let old = try await known("UPDATE orders SET history = NULL")
        #expect(old.history == [OrderStep(.confirmed, at: old.createdAt, by: nil)])
        let delivered = try await known("UPDATE orders SET history = NULL", after: [.ship(nil), .deliver])
        #expect(
            delivered.history == [
                OrderStep(.confirmed, at: delivered.createdAt, by: nil),
                OrderStep(.delivered, at: delivered.updatedAt, by: nil),
            ])
        let rejected = try await known("UPDATE orders SET history = NULL, status = 'rejected'")
        #expect(rejected.history == [OrderStep(.rejected, at: rejected.updatedAt, by: nil)])
        let beside = try await known(
            "UPDATE orders SET status = 'delivered', version = version + 1, updated_at = updated_at + 5",
            after: [.ship(nil)]
        )
        #expect(beside.history.map(\.status) == [.confirmed, .shipped, .delivered])
        #expect(beside.history.map(\.by) == [nil, Self.staff, nil])
        #expect(beside.history[2].at == beside.updatedAt)
    }
}
