package import EventLog
import ExactText
package import Identifiers
import JSON
package import Timestamps

/// Whether a product can be had.
package enum StockStatus: String, Sendable, CaseIterable {
    case inStock = "in_stock"
    case lowStock = "low_stock"
    case outOfStock = "out_of_stock"
}

/// What happens to a product, on the topic `inventory`.
package struct InventoryEvent: Sendable, Hashable {
    package enum Change: Sendable, Hashable {
        /// With this many units.
        case productAdded(quantity: Int64)
        case stockReplenished(quantity: Int64)
        /// Taken by hand: no order is behind it.
        case stockTaken(quantity: Int64)
        case stockStatusChanged(from: StockStatus)

        package var type: String {
            switch self {
            case .productAdded: "orderlog.ProductAdded.v1"
            case .stockReplenished: "orderlog.StockReplenished.v1"
            case .stockTaken: "orderlog.StockTaken.v1"
            case .stockStatusChanged: "orderlog.StockStatusChanged.v1"
            }
        }

        /// What it adds to a product's units.
        package var units: Int64 {
            switch self {
            case .productAdded(let quantity), .stockReplenished(let quantity): quantity
            case .stockTaken(let quantity): -quantity
            case .stockStatusChanged: 0
            }
        }

        package static let types = [
            "orderlog.ProductAdded.v1", "orderlog.StockReplenished.v1", "orderlog.StockTaken.v1",
            "orderlog.StockStatusChanged.v1",
        ]
    }

    package static let source = "/orderlog/inventory-service"

    package var id: Identifier
    package var change: Change
    package var time: Timestamp
    package var traceparent: String?
    /// The product as it is after the event.
    package var product: ProductDocument

    package init(id: Identifier, change: Change, time: Timestamp, traceparent: String?, product: ProductDocument) {
        self.id = id
        self.change = change
        self.time = time
        self.traceparent = traceparent
        self.product = product
    }

    package var cloudEvent: CloudEvent {
        CloudEvent(
            id: id, type: change.type, source: Self.source, time: time, subject: ExactText(product.productID.string),
            traceparent: traceparent, data: json())
    }

    private func json() -> [UInt8] {
        var json = JSONWriter(capacity: 400)
        json.object { json in
            switch change {
            case .productAdded(let quantity), .stockReplenished(let quantity), .stockTaken(let quantity):
                json.field("quantity", quantity)
            case .stockStatusChanged(let from):
                json.field("previous_status", from.rawValue)
            }
            json.key("product")
            product.write(to: &json)
        }
        return json.finish()
    }

    package init(_ record: StoredRecord) throws(UnreadableEvent) {
        let event = try CloudEvent(record)
        try self.init(event)
        try event.check(record, from: Self.source, about: product.productID.string)
    }

    package init(_ event: CloudEvent) throws(UnreadableEvent) {
        let type = event.type
        guard Change.types.contains(type) else { throw UnreadableEvent("unknown ce_type \(type)") }
        let (change, product) = try event.read { json -> (Change, ProductDocument)? in
            var quantity: Int64?
            var previous: StockStatus?
            var product: ProductDocument?
            let isObject = try json.object { key, json in
                switch key {
                case "quantity": quantity = try json.int(in: 0...ProductDocument.stock.upperBound)
                case "previous_status": previous = try json.choice(StockStatus.self)
                case "product": product = try ProductDocument.read(&json)
                default: try json.skip()
                }
            }
            guard isObject, let product = json.require(product, "product") else { return nil }
            if type == "orderlog.StockStatusChanged.v1" {
                guard let previous = json.require(previous, "previous_status") else { return nil }
                return (.stockStatusChanged(from: previous), product)
            }
            guard let quantity = json.require(quantity, "quantity") else { return nil }
            switch type {
            case "orderlog.ProductAdded.v1": return (.productAdded(quantity: quantity), product)
            case "orderlog.StockReplenished.v1": return (.stockReplenished(quantity: quantity), product)
            default: return (.stockTaken(quantity: quantity), product)
            }
        }
        self.init(id: event.id, change: change, time: event.time, traceparent: event.traceparent, product: product)
    }
}
