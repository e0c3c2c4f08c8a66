import EventLog
import Events
import ExactText
import Identifiers
import Timestamps

/// Events with every kind of content, the same on every run.
enum Samples {
    static let time = Timestamp(milliseconds: 1_767_225_600_123)
    static let traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    static func id(_ number: UInt8) throws -> Identifier {
        var bytes: [UInt8] = [0x01, 0x9B, 0x76, 0xDA, 0xA8, 0x7B, 0x70, 0x00, 0x80, 0, 0, 0, 0, 0, 0, 0]
        bytes[15] = number
        guard let id = Identifier(bytes: bytes) else { throw UnreadableEvent("a sample id has \(bytes.count) bytes") }
        return id
    }

    static func order(_ status: OrderDocument.Status) throws -> OrderDocument {
        let items = [
            OrderDocument.Item(
                productID: "PROD-001", name: "Laptop", quantity: 2,
                unitPrice: Money(amount: 129_999, currency: "USD")),
            OrderDocument.Item(
                productID: "Größe 5/\"M\" 🎁", name: "Tab\\le", quantity: 1_000_000,
                unitPrice: Money(amount: 0, currency: "USD")),
        ]
        let rejected = status == .rejected
        return OrderDocument(
            orderID: try id(1), status: status,
            customer: rejected
                ? nil : OrderDocument.Customer(name: "Ada", email: "ada@example.com", phone: "+44 20 7946 0000"),
            items: items, total: Money(amount: 259_998, currency: "USD"), createdAt: time,
            updatedAt: time.advanced(bySeconds: status == .confirmed ? 0 : 60),
            reason: rejected ? "interrupted" : status == .cancelled ? "changed my mind" : nil)
    }

    static func orderEvents() throws -> [OrderEvent] {
        try zip(
            OrderEvent.Kind.allCases, [OrderDocument.Status.confirmed, .shipped, .delivered, .cancelled, .rejected]
        )
        .enumerated().map { number, pair in
            let order = try order(pair.1)
            return OrderEvent(
                id: try id(UInt8(16 + number)), kind: pair.0, time: order.updatedAt,
                traceparent: pair.1 == .rejected ? nil : traceparent, order: order)
        }
    }

    static func inventoryEvents() throws -> [InventoryEvent] {
        let changes: [(InventoryEvent.Change, Int64)] = [
            (.productAdded(quantity: 100), 100), (.stockReplenished(quantity: 5), 105), (.stockTaken(quantity: 1), 104),
            (.stockStatusChanged(from: .inStock), 0),
        ]
        return try changes.enumerated().map { number, change in
            InventoryEvent(
                id: try id(UInt8(32 + number)), change: change.0, time: time, traceparent: traceparent,
                product: ProductDocument(
                    productID: "PROD-001", name: "Laptop", price: Money(amount: 129_999, currency: "USD"),
                    available: change.1, reserved: 2, lowStockThreshold: 10, updatedAt: time))
        }
    }

    static func stored(_ event: CloudEvent, topic: String) -> StoredRecord {
        let record = event.record(topic: topic)
        return StoredRecord(
            position: LogPosition(topic: topic, partition: 0, offset: 0), key: record.key, headers: record.headers,
            value: record.value, timestamp: record.timestamp ?? 0)
    }
}
