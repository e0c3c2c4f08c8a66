import Causes
import Databases
import EventLog
import Events
import ExactText
import Identifiers
import JSON
import Outbox
import Shop
import Testing
import Timestamps

@testable import Orders

/// What an order has besides its customer and lines, and how orders are found.
extension OrderStoreContract {
    static func details(_ customerID: ExactText? = "c-1") throws -> OrderDetails? {
        let text = #"{"name":"Ada","line1":"12 St James's Square","city":"London"}"#
        return OrderDetails(
            customerID: customerID, shippingAddress: try JSON.read(Array(text.utf8), ShippingAddress.read),
            note: "Ring twice.\nThanks", metadata: try JSON.read(Array(#"{"b":"2","a":""}"#.utf8), Metadata.read))
    }

    func keepsDetails() async throws {
        let id = Identifier.time()
        let shipment = Shipment(carrier: "DHL", trackingNumber: "0034")
        for details in [try Self.details(), try Self.details(nil), OrderDetails(customerID: "c-1"), nil] {
            let (whole, unsaid) = (try order(details: details), try order(details: details))
            _ = try await store.confirm([whole, unsaid])
            #expect(try await store.order(whole.order.orderID) == whole.order)
            let before = try await events().count
            let moved = try await store.move([
                MoveRequest(orderID: whole.order.orderID, move: .ship(shipment), cause: .unknown),
                MoveRequest(orderID: whole.order.orderID, move: .deliver, cause: .unknown),
                MoveRequest(orderID: unsaid.order.orderID, move: .ship(nil), cause: .unknown),
                MoveRequest(orderID: unsaid.order.orderID, move: .ship(shipment), cause: .unknown),
                MoveRequest(orderID: id, move: .ship(shipment), cause: .unknown),
            ])
            let shipped = OrderDetails.of(details, shippedBy: shipment)
            #expect(try await store.order(whole.order.orderID)?.details == shipped)
            #expect(try await store.order(unsaid.order.orderID)?.details == details)
            #expect(throws: OrderError.shippedOtherwise) { try moved[3].get() }
            let told = try await outbox.pending(limit: 10_000).dropFirst(before).map {
                try $0.event.event.read(OrderEvent.Order.read).details
            }
            #expect(told == [shipped, shipped, details])
        }
    }

    /// As much as an order of one line may have: 50 kB of metadata, a note and an address.
    func pagesEndByTheBytesOfDetails() async throws {
        let metadata = (0..<Metadata.mostEntries).map { number in
            #""\#(number)":"\#(String(repeating: "ü", count: Metadata.valueLimit))""#
        }.joined(separator: ",")
        let details = OrderDetails(
            customerID: ExactText("large-\(Identifier.time())"), shippingAddress: try Self.details()?.shippingAddress,
            note: ExactText(String(repeating: "\n", count: 2_000)),
            metadata: try JSON.read(Array("{\(metadata)}".utf8), Metadata.read))
        for _ in 0..<6 { _ = try await store.confirm([order(details: details)]) }
        var pages: [[Order]] = []
        var page = Page(limit: 200, after: nil)
        page.maximumBytes = 200_000
        repeat {
            let listed = try await store.orders(OrderFilter(customerID: details?.customerID), page)
            pages.append(listed.items.map(\.item))
            page.after = listed.hasMore ? listed.last : nil
        } while page.after != nil && pages.count < 10
        #expect(pages.map(\.count) == [3, 3])
        for orders in pages {
            #expect(orders.map { OrderAnswer($0).json().count }.reduce(0, +) <= page.maximumBytes)
        }
    }

    private func found(_ filter: OrderFilter) async throws -> [Identifier] {
        try await store.orders(filter, Page(limit: 50, after: nil)).items.map(\.item.orderID).reversed()
    }

    func listsByCustomer() async throws {
        let (one, other) = (ExactText("c-\(Identifier.time())"), ExactText("C-\(Identifier.time())"))
        let orders = try [one, other, one, nil, one].enumerated().map { number, id in
            try order(
                email: number == 4 ? "eve@example.com" : "ada@example.com", details: OrderDetails(customerID: id))
        }
        _ = try await store.confirm(orders)
        let ids = orders.map(\.order.orderID)
        _ = try await store.move([MoveRequest(orderID: ids[2], move: .ship(nil), cause: .unknown)])
        #expect(try await found(OrderFilter(customerID: one)) == [ids[0], ids[2], ids[4]])
        #expect(try await found(OrderFilter(customerID: other)) == [ids[1]])
        #expect(try await found(OrderFilter(customerID: ExactText(one.string.uppercased()))) == [])
        #expect(try await found(OrderFilter(status: .shipped, customerID: one)) == [ids[2]])
        #expect(try await found(OrderFilter(customerEmail: "EVE@example.com", customerID: one)) == [ids[4]])
        #expect(
            try await found(OrderFilter(status: .shipped, customerEmail: "eve@example.com", customerID: one)) == [])
    }

    /// Also where the clocks of replicas are minutes apart, and where one is set back.
    func listsByTime() async throws {
        let name = ExactText("c-\(Identifier.time())")
        // Seconds. Others lie between, before and behind.
        let times: [Double] = [0, 100, 90, 400, 250, 250, 700, 650, 2_000, 1_999, 5_000]
        var orders: [ConfirmedOrder] = []
        for time in times {
            let mine = try order(details: OrderDetails(customerID: name), at: time)
            orders.append(mine)
            _ = try await store.confirm([try order(at: time), mine, try order(at: time + 60)])
        }
        let start = orders[0].order.createdAt
        for from in [nil, -1, 0, 90, 250, 251, 700, 1_999.5, 5_000, 9_000] as [Double?] {
            for before in [nil, -1, 0, 90.001, 250, 701, 2_000, 5_001, 9_000] as [Double?] {
                let expected = zip(times, orders).filter { time, _ in
                    (from.map { time >= $0 } ?? true) && (before.map { time < $0 } ?? true)
                }.map(\.1.order.orderID)
                let filter = OrderFilter(
                    customerID: name, createdFrom: from.map { start.advanced(bySeconds: $0) },
                    createdBefore: before.map { start.advanced(bySeconds: $0) })
                #expect(try await found(filter) == expected, "from \(from ?? -9) to \(before ?? -9)")
            }
        }
        let all = OrderFilter(
            createdFrom: start.advanced(bySeconds: 4_990), createdBefore: start.advanced(bySeconds: 5_010))
        #expect(try await found(all).suffix(2).contains(orders[10].order.orderID))
    }

    /// A page looks through so many orders, and the next one goes on behind them.
    func listsByProduct() async throws {
        let wanted = ProductID("\"Größe\" \(Identifier.time())")
        let mine = try [order(product: wanted), order(product: ProductID(wanted.string + "x")), order(product: wanted)]
        _ = try await store.confirm([mine[0]])
        let others = try (0..<OrderFilter.mostLookedThrough).map { _ in try order() }
        for start in stride(from: 0, to: others.count, by: 200) {
            _ = try await store.confirm(Array(others[start..<min(start + 200, others.count)]))
        }
        _ = try await store.confirm([mine[1], mine[2]])
        let filter = OrderFilter(productID: wanted)
        let newest = try await store.orders(filter, Page(limit: 50, after: nil))
        #expect(newest.items.map(\.item.orderID) == [mine[2].order.orderID] && newest.hasMore)
        let next = try await store.orders(filter, Page(limit: 50, after: newest.last))
        #expect(next.items.map(\.item.orderID) == [mine[0].order.orderID])
        #expect(try await found(OrderFilter(status: .shipped, productID: wanted)) == [])
        #expect(
            try await found(
                OrderFilter(customerEmail: "nobody@x", productID: wanted, createdFrom: mine[0].order.createdAt)) == [])
        // A full page ends at its last order, as every list does.
        let first = try await store.orders(OrderFilter(productID: "A"), Page(limit: 3, after: nil))
        #expect(first.items.count == 3 && first.hasMore && first.last == first.items.last?.position)
    }
}
