import Identifiers
package import JSON
import Shop

extension ReserveAnswer {
    /// The body of an answer 200.
    package func json() -> [UInt8] {
        var json = JSONWriter(capacity: 64 + results.count * 300)
        json.object { json in
            json.key("results")
            json.array { json in
                for result in results {
                    json.object { json in
                        json.field("order_id", result.orderID)
                        result.outcome.writeMembers(to: &json)
                    }
                }
            }
        }
        return json.finish()
    }

    /// nil when a field error was noted. That it answers what was asked is for the caller to see.
    package static func read(_ json: inout JSONReader) throws -> ReserveAnswer? {
        var results: [Result]?
        let isObject = try json.object { key, json in
            guard case "results" = key else { return try json.skip() }
            var list: [Result] = []
            let isArray = try json.array(count: 0...ReserveCall.maximumOrders) { json in
                if let result = try Result.read(&json) { list.append(result) }
            }
            results = isArray ? list : nil
        }
        guard isObject, let results = json.require(results, "results") else { return nil }
        return ReserveAnswer(results: results)
    }
}

extension ReservationOutcome {
    private enum Status: String, CaseIterable {
        case reserved, rejected, released, conflict
        case otherTotal = "other_total"
    }

    static let statuses = Status.allCases.map(\.rawValue)

    fileprivate func writeMembers(to json: inout JSONWriter) {
        switch self {
        case .reserved(let items):
            json.field("status", Status.reserved.rawValue)
            json.key("items")
            OrderItem.write(items, to: &json)
        case .shortages(let shortages):
            json.field("status", Status.rejected.rawValue)
            json.key("shortages")
            Shortage.write(shortages, to: &json)
        case .unknownProducts(let products):
            json.field("status", Status.rejected.rawValue)
            Self.write("unknown_products", products, to: &json)
        case .archivedProducts(let products):
            json.field("status", Status.rejected.rawValue)
            Self.write("archived_products", products, to: &json)
            // An order service of an earlier version knows no other word for what can't be ordered.
            Self.write("unknown_products", products, to: &json)
        case .otherTotal(let items):
            json.field("status", Status.otherTotal.rawValue)
            json.key("items")
            OrderItem.write(items, to: &json)
        case .released: json.field("status", Status.released.rawValue)
        case .conflict(let isSold):
            json.field("status", Status.conflict.rawValue)
            json.field("is_sold", isSold)
        }
    }

    private static func write(_ name: StaticString, _ products: [ProductID], to json: inout JSONWriter) {
        json.key(name)
        json.array { json in
            for product in products { json.string(product.string) }
        }
    }

    fileprivate static func read(
        status: String, items: [OrderItem]?, shortages: [Shortage]?, unknown: [ProductID]?, archived: [ProductID]?,
        isSold: Bool
    ) -> Self? {
        switch Status(rawValue: status) {
        case .reserved: items.map { .reserved($0) }
        case .rejected:
            archived.map { .archivedProducts($0) } ?? unknown.map { .unknownProducts($0) }
                ?? shortages.map { .shortages($0) }
        case .otherTotal: items.map { .otherTotal($0) }
        case .released: .released
        case .conflict: .conflict(isSold: isSold)
        case nil: nil
        }
    }
}

extension ReserveAnswer.Result {
    fileprivate static func read(_ json: inout JSONReader) throws -> Self? {
        var orderID: Identifier?
        var status: String?
        var items: [OrderItem]?
        var shortages: [Shortage]?
        var unknown: [ProductID]?
        var archived: [ProductID]?
        // An earlier version does not say it.
        var isSold = false
        let isObject = try json.object { key, json in
            switch key {
            case "order_id": orderID = try json.identifier()
            case "status": status = try json.string()
            case "items": items = try OrderItem.readAll(&json)
            case "shortages": shortages = try Shortage.readAll(&json)
            case "unknown_products": unknown = try products(&json)
            case "archived_products": archived = try products(&json)
            case "is_sold": isSold = try json.bool() ?? false
            default: try json.skip()
            }
        }
        guard isObject else { return nil }
        let present = (json.require(orderID, "order_id"), json.require(status, "status"))
        guard let orderID = present.0, let status = present.1 else { return nil }
        guard
            let outcome = ReservationOutcome.read(
                status: status, items: items, shortages: shortages, unknown: unknown, archived: archived,
                isSold: isSold)
        else {
            json.note("has a status that is unknown or lacks what belongs to it", member: "status")
            return nil
        }
        return Self(orderID: orderID, outcome: outcome)
    }

    private static func products(_ json: inout JSONReader) throws -> [ProductID] {
        var products: [ProductID] = []
        _ = try json.array(count: 0...ReserveCall.maximumLines) { json in
            if let product = try json.productID(isKept: true) { products.append(product) }
        }
        return products
    }
}

extension Shortage {
    fileprivate static func readAll(_ json: inout JSONReader) throws -> [Shortage]? {
        var shortages: [Shortage] = []
        let isArray = try json.array(count: 0...ReserveCall.maximumLines) { json in
            var productID: ProductID?
            var requested: Int64?
            var available: Int64?
            let isObject = try json.object { key, json in
                switch key {
                case "product_id": productID = try json.productID(isKept: true)
                case "requested": requested = try json.int(in: 0...Int64.max)
                case "available": available = try json.int(in: 0...Int64.max)
                default: try json.skip()
                }
            }
            guard isObject else { return }
            let present = (
                json.require(productID, "product_id"), json.require(requested, "requested"),
                json.require(available, "available")
            )
            guard let productID = present.0, let requested = present.1, let available = present.2 else { return }
            shortages.append(Shortage(productID: productID, requested: requested, available: available))
        }
        return isArray ? shortages : nil
    }
}
