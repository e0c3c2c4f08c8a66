import Causes
import Databases
import EventLog
import ExactText
import Identifiers
import Outbox
import Shop
import TestDatabase
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
        _ id: Identifier = .time(), email: ExactText = "ada@example.com", product: ProductID = "A",
        details: OrderDetails? = nil, at offset: Double = 0
    ) throws -> ConfirmedOrder {
        let order = try Order.confirmed(
            id, customer: .init(name: "Ada Ünal", email: email, phone: nil),
            items: [.init(productID: product, name: "a", quantity: 2, unitPrice: Money(amount: 150, currency: "USD"))],
            details: details, at: now.advanced(bySeconds: offset))
        return ConfirmedOrder(order, traceparent: nil)
    }

    func events() async throws -> [(type: String, subject: ExactText)] {
        try await outbox.pending(limit: 10_000).map { ($0.event.event.type, $0.event.event.subject) }
    }

    /// The same, and what audit and the relay ask: for a look at the plans of all statements.
    func runEverything(reader: some OrderReader) async throws {
        try await run()
        for status in [nil, OrderStatus.cancelled] {
            for email in [nil, "ada@example.com" as ExactText] {
                _ = try await store.orders(
                    OrderFilter(status: status, customerEmail: email), Page(limit: 50, after: nil))
            }
        }
        for id in [nil, "c-1" as ExactText] {
            for product in [nil, "A" as ProductID] {
                for time in [nil, now] {
                    for (status, email) in [(nil, nil), (OrderStatus.shipped, "ada@example.com" as ExactText)] {
                        let filter = OrderFilter(
                            status: status, customerEmail: email, customerID: id, productID: product, createdFrom: time,
                            createdBefore: time)
                        _ = try await store.orders(filter, Page(limit: 50, after: nil))
                    }
                }
            }
        }
        let order = try #require(try await reader.orders(after: 0, limit: 10).first).order
        _ = try await reader.orders([order.orderID])
        _ = try await reader.lastPosition()
        try await whatAuditReadsEndsByBytes(reader)
        try await outbox.markPublished(try await outbox.pending(limit: 1).map(\.position))
        _ = try await outbox.removePublished(olderThan: 0, limit: 10)
    }

    static let promises: [Promise<OrderStoreContract>] = [
        Promise("confirms each order once with its event") { try await $0.confirmsEachOrderOnceWithItsEvent() },
        Promise("one known order does not fail its neighbours") {
            try await $0.oneKnownOrderDoesNotFailItsNeighbours()
        },
        Promise("moves") { try await $0.moves() },
        Promise("keeps who did what") { try await $0.keepsWhoDidWhat() },
        Promise("rejects interrupted") { try await $0.rejectsInterrupted() },
        Promise("lists") { try await $0.lists() },
        Promise("an address is found in any case") { try await $0.anAddressIsFoundInAnyCase() },
        Promise("keeps what an order has besides") { try await $0.keepsDetails() },
        Promise("lists by whose they are") { try await $0.listsByCustomer() },
        Promise("lists by when they were placed") { try await $0.listsByTime() },
        Promise("lists by what was bought") { try await $0.listsByProduct() },
        Promise("pages end by bytes") { try await $0.pagesEndByBytes() },
        Promise("pages end by the bytes of details") { try await $0.pagesEndByTheBytesOfDetails() },
        Promise("an order is found by its former id") { try await $0.anOrderIsFoundByItsFormerID() },
    ]

    /// All of them, one after the other on one database.
    func run() async throws {
        for promise in Self.promises { try await promise.check(self) }
    }

    /// Among the orders are large ones, of `pagesEndByBytes`.
    private func whatAuditReadsEndsByBytes(_ reader: some OrderReader) async throws {
        var position: Int64 = 0
        var largest = 0
        var count = 0
        while true {
            let page = try await reader.orders(after: position, limit: 500)
            guard let last = page.last else { break }
            position = last.position
            count += page.count
            let ids = page.map(\.order.orderID)
            let sizes = try await reader.sizes(of: ids)
            #expect(Set(sizes.keys) == Set(ids))
            let size = sizes.values.reduce(0, +)
            #expect(size <= 1 << 20 || page.count == 1, "\(page.count) orders of \(size) bytes")
            largest = max(largest, size)
        }
        #expect(largest > 700 << 10 && count > 300)
    }

    private func confirmsEachOrderOnceWithItsEvent() async throws {
        let orders = try (0..<300).map { _ in try order() }
        let before = try await events().count
        #expect(try await store.confirm(orders) == orders.map { _ in .confirmed })
        let added = try await events().dropFirst(before)
        #expect(added.map(\.subject.string) == orders.map(\.order.orderID.description))
        #expect(added.allSatisfy { $0.type == "orderlog.OrderConfirmed.v1" })
        for confirmed in [orders[0], orders[299]] {
            #expect(try await store.order(confirmed.order.orderID) == confirmed.order)
        }
        #expect(try await store.order(.time()) == nil)
        let first = try #require(try await outbox.pending(limit: 10_000).dropFirst(before).first)
        #expect(first.event == orders[0].event)
    }

    private func oneKnownOrderDoesNotFailItsNeighbours() async throws {
        let known = try order()
        _ = try await store.confirm([known])
        let before = try await events().count
        let (one, other) = (try order(), try order())
        let again = try order(known.order.orderID, email: "other@example.com")
        #expect(
            try await store.confirm([one, again, other]) == [.confirmed, .known(known.order), .confirmed])
        #expect(
            try await events().dropFirst(before).map(\.subject.string)
                == [one, other].map(\.order.orderID.description))
    }

    private func anOrderIsFoundByItsFormerID() async throws {
        var confirmed = try order()
        let former = Identifier.time()
        confirmed.order.requestHash = [UInt8](repeating: 1, count: 64)
        confirmed.order.formerID = former
        _ = try await store.confirm([confirmed])
        #expect(try await store.order(confirmed.order.orderID) == confirmed.order)
        #expect(try await store.orders(formerly: [former, .time()]) == [former: confirmed.order])
        // In one batch, in another, and beside neighbours.
        var second = try order()
        second.order.requestHash = [UInt8](repeating: 2, count: 64)
        second.order.formerID = former
        let neighbour = try order()
        #expect(try await store.confirm([second, neighbour]) == [.known(confirmed.order), .confirmed])
        var pair = try [order(), order()]
        let shared = Identifier.time()
        for index in pair.indices {
            pair[index].order.requestHash = [UInt8](repeating: 3, count: 64)
            pair[index].order.formerID = shared
        }
        let outcomes = try await store.confirm(pair)
        #expect(outcomes.count { $0 == .confirmed } == 1)
    }

    private func moves() async throws {
        let confirmed = try order()
        let id = confirmed.order.orderID
        _ = try await store.confirm([confirmed])
        let before = try await events().count
        let outcomes = try await store.move([
            MoveRequest(orderID: id, move: .ship(nil), cause: .unknown),
            MoveRequest(orderID: id, move: .ship(nil), cause: .unknown),
            MoveRequest(orderID: id, move: .cancel(reason: nil), cause: .unknown),
            MoveRequest(orderID: .time(), move: .ship(nil), cause: .unknown),
            MoveRequest(orderID: id, move: .deliver, cause: .unknown),
        ])
        #expect(try outcomes[0].get().status == .shipped)
        #expect(try outcomes[1].get() == outcomes[0].get())
        #expect(throws: OrderError.illegalMove(from: .shipped, to: .cancelled)) { try outcomes[2].get() }
        #expect(throws: OrderError.unknownOrder) { try outcomes[3].get() }
        #expect(try await store.order(id) == outcomes[4].get())
        #expect(
            try await events().dropFirst(before).map(\.type)
                == ["orderlog.OrderShipped.v1", "orderlog.OrderDelivered.v1"])
    }

    private func rejectsInterrupted() async throws {
        let confirmed = try order()
        let known = confirmed.order.orderID
        _ = try await store.confirm([confirmed])
        let unknown = Identifier.time()
        let before = try await events().count
        let interrupted = [known, unknown].map { Order.interrupted($0, items: [], at: now) }
        #expect(try await store.rejectInterrupted(interrupted) == [unknown])
        // Once more, as after a crash before the release: released again, and no second event.
        #expect(try await store.rejectInterrupted(interrupted) == [unknown])
        #expect(try await events().dropFirst(before).map(\.type) == ["orderlog.OrderRejected.v1"])
        #expect(try await store.order(known)?.status == .confirmed)
        #expect(try await store.order(unknown)?.customer == nil)
        // The attempt that was given up can't confirm any more.
        let late = try order(unknown)
        guard case .known(let row) = try await store.confirm([late])[0] else {
            Issue.record("a rejected order was confirmed")
            return
        }
        #expect(row.status == .rejected)
    }

    private func lists() async throws {
        let email: ExactText = "list-\(Identifier.time())@example.com"
        let orders = try (0..<7).map { try order(email: email, at: Double($0)) }
        _ = try await store.confirm(orders)
        _ = try await store.move([
            MoveRequest(orderID: orders[3].order.orderID, move: .ship(nil), cause: .unknown)
        ])
        let filter = OrderFilter(customerEmail: email)
        var seen: [Identifier] = []
        var page = Page(limit: 3, after: nil)
        while true {
            let rows = try await store.orders(filter, page)
            seen += rows.items.map(\.item.orderID)
            guard rows.hasMore else { break }
            #expect(rows.items.count == 3)
            page.after = rows.items.last?.position
        }
        #expect(seen == orders.map(\.order.orderID).reversed())
        let shipped = try await store.orders(
            OrderFilter(status: .shipped, customerEmail: email), Page(limit: 50, after: nil))
        #expect(shipped.items.map(\.item.orderID) == [orders[3].order.orderID])
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
        func found(_ email: ExactText, _ status: OrderStatus? = nil) async throws -> [Identifier] {
            try await store.orders(OrderFilter(status: status, customerEmail: email), Page(limit: 50, after: nil))
                .items.map(\.item.orderID).reversed()
        }
        let ids = orders.map(\.order.orderID)
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
    func pagesEndByBytes() async throws {
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
            return ConfirmedOrder(order, traceparent: nil)
        }
        let orders = try [800, 800, 800, 800, 1_000, 20, 20].map(large)
        for order in orders { _ = try await store.confirm([order]) }
        var pages: [[Identifier]] = []
        var page = Page(limit: 200, after: nil)
        repeat {
            let rows = try await store.orders(OrderFilter(customerEmail: email), page)
            pages.append(rows.items.map(\.item.orderID))
            page.after = rows.hasMore ? rows.items.last?.position : nil
        } while page.after != nil && pages.count < 10
        // Half a kilobyte a line.
        #expect(pages.map(\.count) == [4, 2, 1])
        #expect(pages.flatMap(\.self) == orders.map(\.order.orderID).reversed())
    }
}
