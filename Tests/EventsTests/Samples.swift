import Causes
import EventLog
import Events
import ExactText
import Headers
import Identifiers
import JSON
import Shop
import Timestamps

/// Events with every kind of content, the same on every run.
enum Samples {
    static let time = Timestamp(milliseconds: 1_767_225_600_123)
    static let traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    static let cause = Cause(traceparent: traceparent, caller: CallerName("warehouse"))

    static func id(_ number: UInt8) throws -> Identifier {
        var bytes: [UInt8] = [0x01, 0x9B, 0x76, 0xDA, 0xA8, 0x7B, 0x70, 0x00, 0x80, 0, 0, 0, 0, 0, 0, 0]
        bytes[15] = number
        guard let id = Identifier(bytes: bytes) else { throw UnreadableEvent("a sample id has \(bytes.count) bytes") }
        return id
    }

    static func order(_ status: OrderStatus) throws -> OrderEvent.Order {
        let items = [
            OrderItem(
                productID: "PROD-001", name: "Laptop", quantity: 2,
                unitPrice: Money(amount: 129_999, currency: "USD")),
            OrderItem(
                productID: "Größe 5/\"M\" 🎁", name: "Tab\\le", quantity: 1_000_000,
                unitPrice: Money(amount: 0, currency: "USD")),
        ]
        let rejected = status == .rejected
        let address = try JSON.read(
            Array(
                """
                {"name":"Ada","company":"Größe & Co","line1":"12 St James's Square","line2":"2nd floor","city":"London",\
                "state":"Greater London","postal_code":"SW1Y 4JH","country":"GB","phone":"+44 20 7946 0000"}
                """.utf8), ShippingAddress.read)
        let metadata = try JSON.read(Array(#"{"channel":"web","gift \"wrap\"":""}"#.utf8), Metadata.read)
        let isShipped = status == .shipped || status == .delivered
        return OrderEvent.Order(
            orderID: try id(1), status: status,
            customer: rejected
                ? nil : Customer(name: "Ada", email: "ada@example.com", phone: "+44 20 7946 0000"),
            items: items, total: Money(amount: 259_998, currency: "USD"), createdAt: time,
            updatedAt: time.advanced(bySeconds: status == .confirmed ? 0 : 60),
            reason: rejected ? "interrupted" : status == .cancelled ? "changed my mind" : nil,
            details: rejected
                ? nil
                : OrderDetails(
                    customerID: "c-1815", shippingAddress: address, note: "Ring twice.\nThanks 🎁", metadata: metadata,
                    carrier: isShipped ? "DHL" : nil, trackingNumber: isShipped ? "00340434161094042557" : nil))
    }

    static func orderEvents() throws -> [OrderEvent] {
        try zip(
            OrderEvent.Kind.allCases, [OrderStatus.confirmed, .shipped, .delivered, .cancelled, .rejected]
        )
        .enumerated().map { number, pair in
            let order = try order(pair.1)
            return OrderEvent(
                id: try id(UInt8(16 + number)), kind: pair.0, time: order.updatedAt,
                cause: pair.1 == .rejected ? .unknown : cause, order: order)
        }
    }

    static func inventoryEvents() throws -> [InventoryEvent] {
        let changes: [(InventoryEvent.Change, Int64)] = [
            (.productAdded(quantity: 100), 100), (.stockReplenished(quantity: 5), 105), (.stockTaken(quantity: 1), 104),
            (.stockStatusChanged(from: .inStock), 0), (.productChanged(members: ["name", "metadata", "archived"]), 0),
        ]
        return try changes.enumerated().map { number, change in
            let isChanged = change.0.type == "orderlog.ProductChanged.v1"
            return InventoryEvent(
                id: try id(UInt8(32 + number)), change: change.0, time: time, cause: cause,
                product: InventoryEvent.Product(
                    productID: "PROD-001", name: isChanged ? "Notebook 13\"" : "Laptop",
                    price: Money(amount: 129_999, currency: "USD"),
                    available: change.1, reserved: 2, lowStockThreshold: 10, isArchived: isChanged,
                    metadata: isChanged ? Metadata(["supplier": "ACME", "Größe": ""]) : nil, updatedAt: time))
        }
    }

    /// An event in CloudEvents' structured mode, as another program writes it: its attributes, and `data` as it is.
    static func structured(
        _ event: CloudEvent, id: String? = nil, contentType: String = "application/cloudevents+json; charset=UTF-8",
        changing members: [String: String?] = [:]
    ) -> StoredRecord {
        var all: [String: String?] = [
            "specversion": "\"1.0\"", "id": "\"\(id ?? event.id.description)\"", "type": "\"\(event.type)\"",
            "source": "\"\(event.source)\"", "time": "\"\(event.time.rfc3339)\"",
            "subject": "\"\(event.subject.string)\"", "datacontenttype": "\"application/json\"",
            "authtype": event.cause.caller.map { _ in "\"api_key\"" },
            "authid": event.cause.caller.map { "\"\($0)\"" },
            "traceparent": event.cause.traceparent.map { "\"\($0)\"" },
            "data": String(decoding: event.data, as: UTF8.self),
        ]
        all.merge(members) { $1 }
        let json = all.compactMap { name, value in value.map { "\"\(name)\" : \($0)" } }.joined(separator: ", ")
        return StoredRecord(
            position: LogPosition(topic: "t", partition: 0, offset: 0), key: Array(event.subject.string.utf8),
            headers: [RecordHeader("content-type", contentType)], value: Array("{ \(json) }".utf8),
            timestamp: event.time.milliseconds)
    }

    static func stored(_ event: CloudEvent, topic: String) -> StoredRecord {
        let record = event.record(topic: topic)
        return StoredRecord(
            position: LogPosition(topic: topic, partition: 0, offset: 0), key: record.key, headers: record.headers,
            value: record.value, timestamp: record.timestamp ?? 0)
    }
}

extension StoredRecord {
    /// In place of those of that name; nil: there is none.
    mutating func setHeader(_ name: String, _ value: String?) {
        headers = RecordHeaders(headers.filter { $0.name != name } + (value.map { [RecordHeader(name, $0)] } ?? []))
    }
}
