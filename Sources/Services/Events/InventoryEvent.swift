package import Causes
package import EventLog
package import ExactText
package import Identifiers
import JSON
package import Shop
package import Timestamps

/// What happens to a product, on the topic `inventory`.
package struct InventoryEvent: Sendable, Hashable {
    package enum Change: Sendable, Hashable {
        /// With this many units.
        case productAdded(quantity: Int64)
        case stockReplenished(quantity: Int64)
        /// Taken by hand: no order is behind it.
        case stockTaken(quantity: Int64)
        case stockStatusChanged(from: StockStatus)
        /// These of its members are otherwise now, by their names in the event's product; what a later version names is kept.
        case productChanged(members: [String])

        package var type: String {
            switch self {
            case .productAdded: "orderlog.ProductAdded.v1"
            case .stockReplenished: "orderlog.StockReplenished.v1"
            case .stockTaken: "orderlog.StockTaken.v1"
            case .stockStatusChanged: "orderlog.StockStatusChanged.v1"
            case .productChanged: "orderlog.ProductChanged.v1"
            }
        }

        /// What it adds to a product's units.
        package var units: Int64 {
            switch self {
            case .productAdded(let quantity), .stockReplenished(let quantity): quantity
            case .stockTaken(let quantity): -quantity
            case .stockStatusChanged, .productChanged: 0
            }
        }

        /// Whether it brings what the product is, and not how much of it there is.
        package var describes: Bool {
            switch self {
            case .productAdded, .productChanged: true
            case .stockReplenished, .stockTaken, .stockStatusChanged: false
            }
        }

        package static let types = [
            "orderlog.ProductAdded.v1", "orderlog.StockReplenished.v1", "orderlog.StockTaken.v1",
            "orderlog.StockStatusChanged.v1", "orderlog.ProductChanged.v1",
        ]
        /// How many members one names.
        package static let members = 1...100
    }

    package static let source = "/orderlog/inventory-service"

    /// A product as its events carry it, described by the schemas in `kafka/schemas`.
    package struct Product: Sendable, Hashable {
        package var productID: ProductID
        package var name: ExactText
        package var price: Money
        /// Units that can be ordered.
        package var available: Int64
        /// Units held for orders, or ordered, and not yet shipped.
        package var reserved: Int64
        /// At this many available units or fewer the status is `low_stock`.
        package var lowStockThreshold: Int64
        /// Whether it can't be ordered any more.
        package var isArchived: Bool
        package var metadata: Metadata?
        package var updatedAt: Timestamp

        package init(
            productID: ProductID, name: ExactText, price: Money, available: Int64, reserved: Int64,
            lowStockThreshold: Int64, isArchived: Bool = false, metadata: Metadata? = nil, updatedAt: Timestamp
        ) {
            self.productID = productID
            self.name = name
            self.price = price
            self.available = available
            self.reserved = reserved
            self.lowStockThreshold = lowStockThreshold
            self.isArchived = isArchived
            self.metadata = metadata
            self.updatedAt = updatedAt
        }

        package var status: StockStatus { StockStatus(available: available, threshold: lowStockThreshold) }
    }

    package var id: Identifier
    package var change: Change
    package var time: Timestamp
    package var cause: Cause
    /// The product as it is after the event.
    package var product: Product

    package init(id: Identifier, change: Change, time: Timestamp, cause: Cause, product: Product) {
        self.id = id
        self.change = change
        self.time = time
        self.cause = cause
        self.product = product
    }

    package var cloudEvent: CloudEvent {
        CloudEvent(
            id: id, type: change.type, source: Self.source, time: time, subject: ExactText(product.productID.string),
            cause: cause, data: json())
    }

    private func json() -> [UInt8] {
        var json = JSONWriter(capacity: 400)
        json.object { json in
            switch change {
            case .productAdded(let quantity), .stockReplenished(let quantity), .stockTaken(let quantity):
                json.field("quantity", quantity)
            case .stockStatusChanged(let from):
                json.field("previous_status", from.rawValue)
            case .productChanged(let members):
                json.key("changed")
                json.array { json in
                    for member in members { json.string(member) }
                }
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
        let (change, product) = try event.read { json -> (Change, Product)? in
            var quantity: Int64?
            var previous: StockStatus?
            var members: [String]?
            var product: Product?
            let isObject = try json.object { key, json in
                switch key {
                case "quantity": quantity = try json.int(in: 0...Units.ofProduct.upperBound)
                case "previous_status": previous = try json.choice(StockStatus.self)
                case "changed": members = try Self.members(&json)
                case "product": product = try Product.read(&json)
                default: try json.skip()
                }
            }
            guard isObject, let product = json.require(product, "product") else { return nil }
            switch type {
            case "orderlog.StockStatusChanged.v1":
                guard let previous = json.require(previous, "previous_status") else { return nil }
                return (.stockStatusChanged(from: previous), product)
            case "orderlog.ProductChanged.v1":
                guard let members = json.require(members, "changed") else { return nil }
                return (.productChanged(members: members), product)
            default: break
            }
            guard let quantity = json.require(quantity, "quantity") else { return nil }
            switch type {
            case "orderlog.ProductAdded.v1": return (.productAdded(quantity: quantity), product)
            case "orderlog.StockReplenished.v1": return (.stockReplenished(quantity: quantity), product)
            default: return (.stockTaken(quantity: quantity), product)
            }
        }
        self.init(id: event.id, change: change, time: event.time, cause: event.cause, product: product)
    }

    private static func members(_ json: inout JSONReader) throws -> [String]? {
        var members: [String] = []
        let isArray = try json.array(count: Change.members) { json in
            if let member = try json.text(limit: Text.nameLimit, isKept: true) { members.append(member.string) }
        }
        return isArray ? members : nil
    }
}
