import Causes
import EventLog
import Events
import ExactText
import Identifiers
import InventoryAPI
import Outbox
import Shop
import Testing
import Timestamps

@testable import Inventory

extension InventoryStoreContract {
    private static let shop = Cause(traceparent: "t1", caller: CallerName("shop"))
    private static let staff = Cause(traceparent: "t2", caller: CallerName("staff"))

    /// What a change of stock tells, with the one who asked for it; where several did, with the one who changed its status.
    func itsEventsSayWhoAsked() async throws {
        let id: ProductID = "of callers"
        let new = NewProduct(
            productID: id, name: "x", price: Money(amount: 7, currency: "EUR"), quantity: 10, lowStockThreshold: 2)
        let start = try await outbox.pending(limit: 10_000).count
        func causes() async throws -> [Cause] {
            try await outbox.pending(limit: 10_000).dropFirst(start).map(\.event.event.cause)
        }
        _ = try await store.add(new, cause: Self.staff)
        _ = try await store.replenish(id, by: 1, key: nil, cause: Self.shop)
        _ = try await store.take(id, quantity: 1, key: nil, cause: .unknown)
        #expect(try await causes() == [Self.staff, Self.shop, .unknown])

        // Each of these pairs brings it down to two, and up again.
        func change(_ one: Cause, _ other: Cause) async throws -> [Cause] {
            let before = try await causes().count
            let (first, second) = (Identifier.time(), Identifier.time())
            let reserved = try await store.reserve(
                [call([(first, [(id, 4)])]), call([(second, [(id, 4)])])], causes: [one, other])
            #expect(reserved.flatMap(\.self).count == 2)
            _ = try await store.release([first, second], cause: one)
            return Array(try await causes().dropFirst(before))
        }
        #expect(try await change(Self.shop, Self.shop) == [Self.shop, Self.shop])
        #expect(try await change(Self.shop, Self.staff) == [Self.staff, Self.shop])
        #expect(try await change(.unknown, Self.staff) == [Self.staff, .unknown])

        // So it is where one call has several orders, each with its own trace.
        var several = call([(.time(), [(id, 4)]), (.time(), [(id, 4)]), (.time(), [(id, 1)])])
        for (place, trace) in ["t3", "t4", "t5"].enumerated() { several.reservations[place].traceparent = trace }
        several.reservations[1].tracestate = "vendor=1"
        let earlier = try await causes().count
        _ = try await store.reserve([several], causes: [Self.shop])
        let moved = Cause(traceparent: "t4", tracestate: "vendor=1", caller: Self.shop.caller)
        #expect(try await causes().dropFirst(earlier) == [moved])
        _ = try await store.release(several.reservations.map(\.orderID), cause: Self.shop)

        // An order's event: who cancelled it gave its stock back.
        let order = Identifier.time()
        _ = try await store.reserve([call([(order, [(id, 9)])])], causes: [Self.shop])
        let before = try await causes().count
        let cancelled = OrderEvent(
            id: .time(), kind: .cancelled, time: .now(), cause: Self.staff,
            order: OrderEvent.Order(
                orderID: order, status: .cancelled,
                customer: Customer(name: "Ada", email: "ada@example.com", phone: nil),
                items: [OrderItem(productID: id, name: "x", quantity: 9, unitPrice: Money(amount: 7, currency: "EUR"))],
                total: Money(amount: 63, currency: "EUR"), createdAt: .now(), updatedAt: .now(), reason: nil))
        #expect(try await store.apply([cancelled]).isEmpty)
        #expect(try await causes().dropFirst(before) == [Self.staff])
    }
}
