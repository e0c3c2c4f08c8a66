import Causes
import EventLog
import Events
import ExactText
import Identifiers
import JSON
import Shop
import Testing
import Timestamps

/// What is at the limits of the schemas is read; what is beyond them is in EventsTests/EventRuleTests.
@Suite struct WhatFitsIsReadTests {
    private static let longestValue = String(repeating: "🎁", count: Metadata.valueLimit)
    private static let longest = String(repeating: "🎁", count: Text.nameLimit)

    /// As much as there may be of each.
    private static func details(isShipped: Bool) throws -> OrderDetails? {
        let parts = ["name", "company", "line1", "line2", "city", "state", "postal_code", "country", "phone"]
        let address = parts.map { #""\#($0)":"\#(longest)""# }.joined(separator: ",")
        let entries = (10..<60).map { #""\#(longest.prefix(38))\#($0)":"\#(String(repeating: "🎁", count: 500))""# }
        return OrderDetails(
            customerID: ExactText(String(repeating: "\u{fc}", count: 64)),
            shippingAddress: try JSON.read(Array("{\(address)}".utf8), ShippingAddress.read),
            note: ExactText(String(repeating: "🎁", count: Text.noteLimit)),
            metadata: try JSON.read(Array("{\(entries.joined(separator: ","))}".utf8), Metadata.read),
            carrier: isShipped ? ExactText(longest) : nil, trackingNumber: isShipped ? ExactText(longest) : nil)
    }

    private func order(_ status: OrderStatus, lines: Int) throws -> OrderEvent.Order {
        let price = Money(amount: Money.prices.upperBound, currency: "XXX")
        let items = (0..<lines).map { line in
            let suffix = String(line)
            let id = String(repeating: "\u{fc}", count: Text.productIDLimit - suffix.count) + suffix
            return OrderItem(
                productID: ProductID(id), name: ExactText(Self.longest), quantity: WantedItem.quantities.upperBound,
                unitPrice: price)
        }
        let email = String(repeating: "e", count: Text.contactLimit - 2) + "@x"
        return OrderEvent.Order(
            orderID: Identifier(high: .max, low: .max), status: status,
            customer: lines == 0
                ? nil : Customer(name: ExactText(Self.longest), email: ExactText(email), phone: "123456789012345"),
            items: items,
            total: Money(amount: items.reduce(0) { $0 + $1.lineTotal.amount }, currency: "XXX"),
            createdAt: Timestamp(milliseconds: 0), updatedAt: Timestamp(milliseconds: 253_402_300_799_999),
            reason: status == .cancelled ? ExactText(String(repeating: "r", count: Text.reasonLimit)) : nil,
            details: lines == 0 ? nil : try Self.details(isShipped: status == .shipped || status == .delivered))
    }

    private func stored(_ event: CloudEvent, _ topic: String) -> StoredRecord {
        let record = event.record(topic: topic)
        return StoredRecord(
            position: LogPosition(topic: topic, partition: 0, offset: 0), key: record.key, headers: record.headers,
            value: record.value, timestamp: record.timestamp ?? 0)
    }

    @Test(arguments: OrderEvent.Kind.allCases) func theLargestOrderIsRead(_ kind: OrderEvent.Kind) throws {
        for lines in kind == .rejected ? [0, 1, OrderItem.maximumLines] : [1, OrderItem.maximumLines] {
            let order = try order(kind.status, lines: lines)
            let event = OrderEvent(id: .time(), kind: kind, time: order.updatedAt, cause: .unknown, order: order)
            #expect(try OrderEvent(stored(event.cloudEvent, Topics.orders)) == event)
        }
    }

    @Test func theLargestStockIsRead() throws {
        let most = Units.ofProduct.upperBound
        let changes: [InventoryEvent.Change] = [
            .productAdded(quantity: most), .productAdded(quantity: 0), .stockReplenished(quantity: most),
            .stockTaken(quantity: 1), .stockStatusChanged(from: .lowStock),
            .productChanged(
                members: (0..<InventoryEvent.Change.members.upperBound).map { "\($0) \(Self.longest.dropLast(4))" }),
        ]
        let metadata = (0..<Metadata.mostEntries).map { number in
            (
                ExactText("\(number)" + String(repeating: "k", count: Metadata.keyLimit - 2)),
                ExactText(Self.longestValue)
            )
        }
        for change in changes {
            let event = InventoryEvent(
                id: .time(), change: change, time: Timestamp(milliseconds: 0), cause: .unknown,
                product: .init(
                    productID: "x", name: ExactText(Self.longest), price: Money(amount: 0, currency: "XXX"),
                    available: most, reserved: most, lowStockThreshold: most, isArchived: true,
                    metadata: Metadata(Dictionary(metadata) { first, _ in first }),
                    updatedAt: Timestamp(milliseconds: 0)))
            #expect(try InventoryEvent(stored(event.cloudEvent, Topics.inventory)) == event)
        }
    }
}
