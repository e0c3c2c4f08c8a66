import EventLog
import Events
import ExactText
import Identifiers
import Outbox
import ServiceHost
import Testing
import Timestamps

@testable import Orders

/// What every order store promises, whatever the engine.
struct OrderStoreContract {
    let store: any OrderStore
    let outbox: any OutboxStore
    private let now = Timestamp(milliseconds: 1_767_225_600_000)

    init(store: any OrderStore, outbox: any OutboxStore) {
        self.store = store
        self.outbox = outbox
    }

    func order(
        _ id: Identifier = .time(), email: ExactText = "ada@example.com", at offset: Double = 0
    ) throws -> ConfirmedOrder {
        let order = try Order.confirmed(
            id, customer: .init(name: "Ada Ünal", email: email, phone: nil),
            items: [.init(productID: "A", name: "a", quantity: 2, unitPrice: Money(amount: 150, currency: "USD"))],
            at: now.advanced(bySeconds: offset))
        return ConfirmedOrder(order: order, json: order.document.json(), traceparent: nil)
    }

    func events() async throws -> [(type: String, subject: ExactText)] {
        try await outbox.pending(limit: 10_000).map { ($0.event.event.type, $0.event.event.subject) }
    }

    /// The same, and what audit and the relay ask: for a look at the plans of all statements.
    func runEverything(reader: some OrderReader) async throws {
        try await run()
        for status in [nil, OrderDocument.Status.cancelled] {
            for email in [nil, "ada@example.com" as ExactText] {
                _ = try await store.orders(
                    OrderFilter(status: status, customerEmail: email), Page(limit: 50, after: nil))
            }
        }
        let order = try #require(try await reader.orders(after: 0, limit: 10).first).order
        _ = try await reader.orders([order.document.orderID])
        _ = try await reader.lastPosition()
        try await outbox.markPublished(try await outbox.pending(limit: 1).map(\.position))
        _ = try await outbox.removePublished(olderThan: 0, limit: 10)
    }

    func run() async throws {
        try await confirmsEachOrderOnceWithItsEvent()
        try await oneKnownOrderDoesNotFailItsNeighbours()
        try await moves()
        try await settles()
        try await lists()
        try await anAddressIsFoundInAnyCase()
        try await pagesEndByBytes()
    }

    private func confirmsEachOrderOnceWithItsEvent() async throws {
        let orders = try (0..<300).map { _ in try order() }
        let before = try await events().count
        #expect(try await store.confirm(orders) == orders.map { _ in .confirmed })
        let added = try await events().dropFirst(before)
        #expect(added.map(\.subject.string) == orders.map(\.order.document.orderID.description))
        #expect(added.allSatisfy { $0.type == "orderlog.OrderConfirmed.v1" })
        for confirmed in [orders[0], orders[299]] {
            #expect(try await store.order(confirmed.order.document.orderID) == confirmed.order)
        }
        #expect(try await store.order(.time()) == nil)
        let first = try #require(try await outbox.pending(limit: 10_000).dropFirst(before).first)
        #expect(first.event.event.data == orders[0].json)
    }

    private func oneKnownOrderDoesNotFailItsNeighbours() async throws {
        let known = try order()
        _ = try await store.confirm([known])
        let before = try await events().count
        let (one, other) = (try order(), try order())
        let again = try order(known.order.document.orderID, email: "other@example.com")
        #expect(
            try await store.confirm([one, again, other]) == [.confirmed, .known(known.order), .confirmed])
        #expect(
            try await events().dropFirst(before).map(\.subject.string)
                == [one, other].map(\.order.document.orderID.description))
    }

    private func moves() async throws {
        let confirmed = try order()
        let id = confirmed.order.document.orderID
        _ = try await store.confirm([confirmed])
        let before = try await events().count
        let outcomes = try await store.move([
            MoveRequest(orderID: id, move: .ship, traceparent: nil),
            MoveRequest(orderID: id, move: .ship, traceparent: nil),
            MoveRequest(orderID: id, move: .cancel(reason: nil), traceparent: nil),
            MoveRequest(orderID: .time(), move: .ship, traceparent: nil),
            MoveRequest(orderID: id, move: .deliver, traceparent: nil),
        ])
        #expect(try outcomes[0].get().document.status == .shipped)
        #expect(try outcomes[1].get() == outcomes[0].get())
        #expect(throws: OrderError.illegalMove(from: .shipped, to: .cancelled)) { try outcomes[2].get() }
        #expect(throws: OrderError.unknownOrder) { try outcomes[3].get() }
        #expect(try await store.order(id) == outcomes[4].get())
        #expect(
            try await events().dropFirst(before).map(\.type)
                == ["orderlog.OrderShipped.v1", "orderlog.OrderDelivered.v1"])
    }

    private func settles() async throws {
        let confirmed = try order()
        let known = confirmed.order.document.orderID
        _ = try await store.confirm([confirmed])
        let unknown = Identifier.time()
        let before = try await events().count
        let interrupted = [known, unknown].map { Order.interrupted($0, items: [], at: now) }
        #expect(try await store.settle(interrupted) == [unknown])
        // Once more, as after a crash before the release: released again, and no second event.
        #expect(try await store.settle(interrupted) == [unknown])
        #expect(try await events().dropFirst(before).map(\.type) == ["orderlog.OrderRejected.v1"])
        #expect(try await store.order(known)?.document.status == .confirmed)
        #expect(try await store.order(unknown)?.document.customer == nil)
        // The attempt that was settled can't confirm any more.
        let late = try order(unknown)
        guard case .known(let row) = try await store.confirm([late])[0] else {
            Issue.record("a settled order was confirmed")
            return
        }
        #expect(row.document.status == .rejected)
    }

    private func lists() async throws {
        let email: ExactText = "list-\(Identifier.time())@example.com"
        let orders = try (0..<7).map { try order(email: email, at: Double($0)) }
        _ = try await store.confirm(orders)
        _ = try await store.move([
            MoveRequest(orderID: orders[3].order.document.orderID, move: .ship, traceparent: nil)
        ])
        let filter = OrderFilter(customerEmail: email)
        var seen: [Identifier] = []
        var page = Page(limit: 3, after: nil)
        while true {
            let rows = try await store.orders(filter, page)
            seen += rows.items.map(\.item.document.orderID)
            guard rows.hasMore else { break }
            #expect(rows.items.count == 3)
            page.after = rows.items.last?.position
        }
        #expect(seen == orders.map(\.order.document.orderID).reversed())
        let shipped = try await store.orders(
            OrderFilter(status: .shipped, customerEmail: email), Page(limit: 50, after: nil))
        #expect(shipped.items.map(\.item.document.orderID) == [orders[3].order.document.orderID])
        #expect(!shipped.hasMore)
        let nobody = try await store.orders(OrderFilter(customerEmail: "nobody@x"), Page(limit: 5, after: nil))
        #expect(nobody.items.isEmpty && !nobody.hasMore)
    }

    private func anAddressIsFoundInAnyCase() async throws {
        let name = "\(Identifier.time())"
        let orders = try [
            "Kay.\(name)@Example.COM", "kay.\(name)@example.com", "\u{212a}ay.\(name)@example.com",
            "kay.\(name)@ex\u{e4}mple.com", "kay.\(name)@ex\u{c4}mple.com",
        ].map { try order(email: $0) }
        _ = try await store.confirm(orders)
        func found(_ email: ExactText, _ status: OrderDocument.Status? = nil) async throws -> [Identifier] {
            try await store.orders(OrderFilter(status: status, customerEmail: email), Page(limit: 50, after: nil))
                .items.map(\.item.document.orderID).reversed()
        }
        let ids = orders.map(\.order.document.orderID)
        for email: ExactText in ["KAY.\(name)@EXAMPLE.COM", "kay.\(name)@example.com", "Kay.\(name)@Example.com"] {
            #expect(try await found(email) == Array(ids[0...1]))
            #expect(try await found(email, .confirmed) == Array(ids[0...1]))
            #expect(try await found(email, .shipped) == [])
        }
        #expect(try await found("\u{212a}AY.\(name)@EXAMPLE.COM") == [ids[2]])
        #expect(try await found("KAY.\(name)@EX\u{e4}MPLE.COM") == [ids[3]])
        #expect(try await found("KAY.\(name)@EX\u{c4}MPLE.COM") == [ids[4]])
    }

    /// However many are asked for: a page has about 1 MiB, and one order at least.
    private func pagesEndByBytes() async throws {
        let email: ExactText = "large-\(Identifier.time())@example.com"
        func large(_ lines: Int) throws -> ConfirmedOrder {
            let name = ExactText(String(repeating: "ü", count: 200))
            let order = try Order.confirmed(
                .time(), customer: .init(name: "Ada", email: email, phone: nil),
                items: (0..<lines).map {
                    .init(
                        productID: ProductID("\($0)"), name: name, quantity: 1,
                        unitPrice: Money(amount: 1, currency: "USD"))
                }, at: now)
            return ConfirmedOrder(order: order, json: order.document.json(), traceparent: nil)
        }
        let orders = try [800, 800, 800, 800, 1_000, 20, 20].map(large)
        for order in orders { _ = try await store.confirm([order]) }
        var pages: [[Identifier]] = []
        var page = Page(limit: 200, after: nil)
        repeat {
            let rows = try await store.orders(OrderFilter(customerEmail: email), page)
            pages.append(rows.items.map(\.item.document.orderID))
            page.after = rows.hasMore ? rows.items.last?.position : nil
        } while page.after != nil && pages.count < 10
        // Half a kilobyte a line.
        #expect(pages.map(\.count) == [4, 2, 1])
        #expect(pages.flatMap(\.self) == orders.map(\.order.document.orderID).reversed())
    }
}
